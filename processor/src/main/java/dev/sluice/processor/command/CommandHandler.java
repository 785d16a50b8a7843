package dev.sluice.processor.command;

import dev.sluice.message.Payload;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.processor.handler.Work;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Runs a local program: payload on its stdin, result from its stdout, progress as JSON lines on its stderr. It gets
 * {@code SLUICE_REQUEST_ID} and {@code SLUICE_ATTEMPT}. Of our environment it gets only the variables that programs
 * need to run at all: secrets stay here.
 *
 * <p>Thread-safe. Each attempt has three threads of its own, so a kind has three for each of its tokens. {@link #close}
 * kills programs that still run.
 */
public final class CommandHandler implements RequestHandler {

    private final List<String> argv;
    private final String contentType;
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("command-", 0).factory());
    private final Set<CommandRun> running = ConcurrentHashMap.newKeySet();

    private CommandHandler(List<String> argv, String contentType) {
        this.argv = argv;
        this.contentType = contentType;
    }

    /**
     * A handler for a program that is there.
     *
     * @param key of the settings, for the messages
     * @throws IllegalArgumentException if the program cannot be run here; the message says why
     */
    public static CommandHandler of(String key, CommandSettings settings) {
        return new CommandHandler(Programs.argv(key, settings), settings.contentType());
    }

    @Override
    public Mono<Payload> handle(Work work, Context context) {
        return Mono.<byte[]>create(sink -> {
                    CommandRun run = new CommandRun(argv, work, context, threads);
                    // On a thread of ours: to find all processes of a tree, the JVM looks into each process of the
                    // machine.
                    Runnable terminate = () -> threads.execute(run::terminate);
                    sink.onDispose(context.canceled().subscribe(null, null, terminate));
                    sink.onCancel(terminate::run);
                    threads.execute(() -> run(run, sink));
                })
                .map(bytes -> new Payload(contentType, bytes));
    }

    private void run(CommandRun run, MonoSink<byte[]> sink) {
        running.add(run);
        try {
            sink.success(run.result());
        } catch (Exception failure) { // any failure is its outcome
            sink.error(failure);
        } finally {
            running.remove(run);
        }
    }

    @Override
    public void close() {
        running.forEach(CommandRun::kill);
    }
}
