package dev.sluice.oracle;

import java.io.BufferedWriter;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The calls of the load and their answers, one line a fact, appended and synced each second:
 *
 * <pre>
 * invoke  NUMBER WALL_MS MONO_NS KIND
 * ok      NUMBER WALL_MS MONO_NS REQUEST_ID
 * fail    NUMBER WALL_MS MONO_NS STATUS       refused: nothing may be stored
 * unknown NUMBER WALL_MS MONO_NS REASON       may or may not be stored, but never half
 * </pre>
 *
 * The number stands in the payload as well, so each stored request can be traced to its invocation.
 */
final class History implements AutoCloseable {

    private final FileOutputStream file;
    private final BufferedWriter out;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final Thread syncer;

    History(Path path) throws IOException {
        file = new FileOutputStream(path.toFile(), true);
        out = new BufferedWriter(new OutputStreamWriter(file, StandardCharsets.UTF_8));
        syncer = Thread.ofPlatform().daemon().name("history-sync").start(this::syncEachSecond);
    }

    void invoke(int number, String kind) {
        write("invoke", number, kind);
    }

    void ok(int number, String requestId) {
        write("ok", number, requestId);
    }

    void fail(int number, int status) {
        write("fail", number, Integer.toString(status));
    }

    void unknown(int number, String reason) {
        write("unknown", number, reason.replaceAll("\\s+", "_"));
    }

    private synchronized void write(String fact, int number, String what) {
        try {
            out.write(fact + " " + number + " " + System.currentTimeMillis() + " " + System.nanoTime() + " " + what
                    + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void syncEachSecond() {
        try {
            while (open.get()) {
                Thread.sleep(1_000);
                sync();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void sync() {
        try {
            out.flush();
            file.getFD().sync();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        open.set(false);
        syncer.interrupt();
        sync();
        out.close();
    }

    /**
     * A history read back.
     *
     * @param kinds of all invocations
     * @param accepted number to request id
     * @param refused numbers that got a clear refusal
     */
    record Facts(Map<Integer, String> kinds, Map<Integer, UUID> accepted, Set<Integer> refused) {

        static Facts read(Path path) throws IOException {
            Facts facts = new Facts(new HashMap<>(), new HashMap<>(), new HashSet<>());
            for (String line : Files.readAllLines(path)) {
                String[] words = line.split(" ", 5);
                if (words.length < 5) {
                    continue; // the last line of a load that was killed
                }
                int number = Integer.parseInt(words[1]);
                switch (words[0]) {
                    case "invoke" -> facts.kinds.put(number, words[4]);
                    case "ok" -> facts.accepted.put(number, UUID.fromString(words[4].substring("req_".length())));
                    case "fail" -> facts.refused.add(number);
                    default -> {}
                }
            }
            return facts;
        }
    }
}
