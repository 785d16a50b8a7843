package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Children;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The README's blocks of commands, and a shell that runs them like a stranger who pastes them. */
final class Readme {

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\n(.*?)^```$");
    private static final String HEADING = "(?m)^#{2,3} ";
    private static final String NEXT = "-- next block --";
    private static final int TIMEOUT_S = 120;

    private final String text;

    Readme() {
        try {
            text = Files.readString(Path.of("../README.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text below this heading of the second level and above the next of it. */
    String section(String heading) {
        String whole = "\n## " + heading + "\n";
        int begin = text.indexOf(whole);
        assertThat(begin).as(heading).isNotNegative();
        return text.substring(begin + whole.length(), text.indexOf("\n## ", begin + whole.length()));
    }

    /** All blocks, in order. */
    List<String> blocks() {
        return blocksOf(text);
    }

    /** The blocks below this heading and above the next. */
    List<String> blocks(String heading) {
        return Pattern.compile(HEADING)
                .splitAsStream(text)
                .filter(section -> section.startsWith(heading + "\n"))
                .map(Readme::blocksOf)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no heading " + heading));
    }

    /** Runs blocks one after the other in one shell; returns the output of each. */
    static List<String> paste(Children children, List<String> blocks) {
        String printed = bash(children, String.join("\nprintf '%s' '" + NEXT + "'\n", blocks));
        return List.of(printed.split(NEXT, -1));
    }

    /** The output lines of a script. Fails with them if the script fails. */
    static String bash(Children children, String script) {
        Process shell = children.start("bash", Map.of(), List.of("bash", "-c", script));
        try {
            assertThat(shell.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).as(script).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        String printed = read(children.directory().resolve("bash.out"));
        assertThat(shell.exitValue()).as(printed).isZero();
        return printed;
    }

    private static String read(Path file) {
        try {
            String all = Files.readString(file);
            Files.delete(file);
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> blocksOf(String markdown) {
        return BLOCK.matcher(markdown).results().map(Readme::content).toList();
    }

    private static String content(MatchResult block) {
        return block.group(1);
    }
}
