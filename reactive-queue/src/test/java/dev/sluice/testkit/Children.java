package dev.sluice.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Child processes with a directory of their own. They and the directory go when this is closed, or when this JVM ends
 * in any way.
 *
 * <p>Even SIGKILL of the JVM is covered: a small shell, the guard, holds the read end of a pipe from here. When the
 * pipe closes, the guard kills the children that it was told of and removes the directory. Thread-safe.
 */
public final class Children implements AutoCloseable {

    private static final String GUARD = """
            trap '' INT TERM HUP
            while read -r pid; do pids="$pids $pid"; done
            for pid in $pids; do
              # A pid may have been given to a stranger meanwhile: only what lives in our directory is ours.
              case "$(readlink "/proc/$pid/cwd")" in "$1" | "$1"/*) kill -9 "$pid" ;; esac
            done
            cd /
            for _ in 1 2 3 4 5; do rm -rf "$1" && break; sleep 0.2; done
            """;

    private final Path directory;
    private final Process guard;

    public Children(String name) {
        try {
            directory = Files.createTempDirectory("sluice-" + name + "-").toRealPath();
            guard = new ProcessBuilder("sh", "-c", GUARD, "guard", directory.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the children live; gone with them. */
    public Path directory() {
        return directory;
    }

    /** Starts a child in the directory; its output goes to {@code name.out} there. */
    public Process start(String name, Map<String, String> environment, List<String> command) {
        Path out = directory.resolve(name + ".out");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
        // Only the settings of the test: a setting of the shell that runs the tests is none of the child's.
        builder.environment().keySet().removeIf(key -> key.startsWith("SLUICE_"));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            OutputStream pids = guard.getOutputStream();
            pids.write((process.pid() + "\n").getBytes(StandardCharsets.US_ASCII));
            pids.flush();
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The end of a child's output, for messages. */
    public String output(String name) {
        try {
            String all = Files.readString(directory.resolve(name + ".out"));
            return all.substring(Math.max(0, all.length() - 4_000));
        } catch (IOException e) {
            return "(" + e + ")";
        }
    }

    /**
     * The output of a child behind each place of {@code text}, up to 8,000 characters each; empty if it never printed
     * that.
     */
    public List<String> outputsBehind(String name, String text) {
        try {
            String[] parts = Files.readString(directory.resolve(name + ".out")).split(Pattern.quote(text), -1);
            return Arrays.stream(parts)
                    .skip(1)
                    .map(part -> part.substring(0, Math.min(8_000, part.length())))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            guard.getOutputStream().close();
            guard.waitFor(10, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
