package dev.sluice.processor.command;

import dev.sluice.message.Failure;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.Work;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One process and its children, from beginning to end. {@link #result} blocks; {@link #terminate} comes from any
 * thread.
 */
final class CommandRun {

    /** Bytes of a result at most. */
    static final int MAX_RESULT = 1024 * 1024;

    private static final int EX_TEMPFAIL = 75;
    private static final long EOF_SECONDS = 2;
    private static final List<String> KEPT_ENVIRONMENT =
            List.of("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER");

    private final List<String> argv;
    private final Work work;
    private final ExecutorService threads;
    private final StandardError errors;
    private @Nullable ProcessTree tree;
    private boolean terminated;

    CommandRun(List<String> argv, Work work, Context context, ExecutorService threads) {
        this.argv = argv;
        this.work = work;
        this.threads = threads;
        errors = new StandardError(context);
    }

    /**
     * Runs the program to its end. Later output of children that it left behind is not part of the result.
     *
     * @return its stdout
     * @throws HandlerException if it failed
     */
    byte[] result() throws IOException, InterruptedException {
        Process process = start();
        Future<?> input = threads.submit(() -> feed(process.getOutputStream()));
        Future<?> error = threads.submit(() -> errors.read(process.getErrorStream()));
        Future<byte[]> output = threads.submit(() -> bounded(process.getInputStream()));
        int exit = process.waitFor();
        try {
            byte[] result = output.get(EOF_SECONDS, TimeUnit.SECONDS);
            error.get(EOF_SECONDS, TimeUnit.SECONDS);
            return verdict(exit, result);
        } catch (TimeoutException _) {
            throw failed("It ended, but something it started still writes");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof HandlerException known) {
                throw known;
            }
            throw new IOException(e.getCause());
        } finally {
            input.cancel(true);
        }
    }

    /** Ends the whole tree of processes: asks, and kills after a while. */
    synchronized void terminate() {
        terminated = true;
        if (tree != null) {
            tree.terminate();
        }
    }

    /** Ends the whole tree of processes at once. */
    synchronized void kill() {
        terminated = true;
        if (tree != null) {
            tree.kill();
        }
    }

    private synchronized Process start() throws IOException {
        if (terminated) {
            throw failed("It was told to end before it began");
        }
        ProcessBuilder builder = new ProcessBuilder(argv);
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(KEPT_ENVIRONMENT);
        environment.put("SLUICE_REQUEST_ID", work.id().toString());
        environment.put("SLUICE_ATTEMPT", Integer.toString(work.attempt()));
        Process process = builder.start();
        tree = new ProcessTree(process.toHandle());
        return process;
    }

    private void feed(OutputStream stdin) {
        try (stdin) {
            stdin.write(work.payload().bytes());
        } catch (IOException _) {
            // A program need not read its input; the way it ends tells whether that was right.
        }
    }

    private byte[] bounded(InputStream stdout) throws IOException {
        byte[] bytes = stdout.readNBytes(MAX_RESULT + 1);
        if (bytes.length > MAX_RESULT) {
            terminate();
            throw new HandlerException.Permanent(
                    new Failure("result-too-large", "The result is larger than " + MAX_RESULT + " bytes", ""));
        }
        return bytes;
    }

    private byte[] verdict(int exit, byte[] result) {
        if (exit == 0) {
            return result;
        }
        Failure failure = new Failure("command-failed", "The command ended with exit code " + exit, errors.tail());
        throw exit == EX_TEMPFAIL ? new HandlerException.Transient(failure) : new HandlerException.Permanent(failure);
    }

    private HandlerException failed(String title) {
        return new HandlerException.Permanent(new Failure("command-failed", title, errors.tail()));
    }
}
