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
 * repeat  NUMBER WALL_MS MONO_NS gateway      a gateway could not be reached, the next one is asked
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

    void ok(int number, UUID requestId) {
        write("ok", number, "req_" + requestId);
    }

    void fail(int number, int status) {
        write("fail", number, Integer.toString(status));
    }

    void unknown(int number, String reason) {
        write("unknown", number, reason.replaceAll("\\s+", "_"));
    }

    void repeat(int number) {
        write("repeat", number, "gateway");
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
        if (open.getAndSet(false)) {
            syncer.interrupt();
            sync();
            out.close();
        }
    }

    /**
     * A history read back.
     *
     * @param kinds of all invocations
     * @param accepted number to request id
     * @param refused numbers that got a clear refusal
     * @param repeated numbers that met a gateway that was down
     */
    record Facts(Map<Integer, String> kinds, Map<Integer, UUID> accepted, Set<Integer> refused, Set<Integer> repeated) {

        static Facts none() {
            return new Facts(new HashMap<>(), new HashMap<>(), new HashSet<>(), new HashSet<>());
        }

        static Facts read(Path path) throws IOException {
            Facts facts = none();
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
                    case "repeat" -> facts.repeated.add(number);
                    default -> {}
                }
            }
            return facts;
        }

        /** The facts of numbers from {@code first} on. */
        Facts from(int first) {
            Facts rest = none();
            kinds.forEach((number, kind) -> {
                if (number >= first) {
                    rest.kinds.put(number, kind);
                }
            });
            accepted.forEach((number, id) -> {
                if (number >= first) {
                    rest.accepted.put(number, id);
                }
            });
            refused.stream().filter(number -> number >= first).forEach(rest.refused::add);
            repeated.stream().filter(number -> number >= first).forEach(rest.repeated::add);
            return rest;
        }

        /** Invocations that neither got a 202 nor a refusal. */
        int unknown() {
            return kinds.size() - accepted.size() - refused.size();
        }
    }
}
