package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The formatter leaves comments, texts and all files but Java alone, so their lines are measured here. Not measured are
 * Markdown and JSON: a row of a table and a text of JSON cannot be broken.
 */
class SourceLinesTest {

    private static final int MAX_LENGTH = 120;
    private static final Path REPOSITORY = Path.of("..");

    /** Scripts whose names have no suffix. */
    private static final Set<String> SCRIPTS = Set.of("sluice", ".ci/run", "perf/run");

    /** The kinds of files that are measured, by the ends of their names. */
    private static final List<String> MEASURED =
            List.of(".java", ".sql", ".sh", ".js", ".css", ".html", ".xml", ".yaml", ".yml");

    /** Steps that databases have taken already: their checksums forbid any change. */
    private static final Set<String> APPLIED = Set.of("V1__requests.sql", "V2__backlog_count.sql");

    /** Folders that builds, tools and runs write, and copies of libraries. */
    private static final Set<String> FOREIGN = Set.of("target", "node_modules", "vendor", ".git", ".sluice");

    @Test
    void noLineIsLongerThan120Characters() {
        assertThat(tooLong(REPOSITORY)).isEmpty();
    }

    @Test
    void findsLongLinesOfJavaSqlAndScripts(@TempDir Path folder) throws IOException {
        writeLongLines(folder, "a/B.java", "a/c.sql", "d.sh", "sluice", "e.md", "a/target/F.java");

        assertThat(tooLong(folder))
                .containsExactlyInAnyOrder(
                        "a/B.java:2 has 121", "a/c.sql:2 has 121", "d.sh:2 has 121", "sluice:2 has 121");
    }

    @Test
    void findsLongLinesOfPagesAndConfiguration(@TempDir Path folder) throws IOException {
        writeLongLines(folder, "a/b.js", "c.css", "d.html", "pom.xml", "e.yaml", "f.yml", "g.json", "vendor/h.js");

        assertThat(tooLong(folder))
                .containsExactlyInAnyOrder(
                        "a/b.js:2 has 121",
                        "c.css:2 has 121",
                        "d.html:2 has 121",
                        "pom.xml:2 has 121",
                        "e.yaml:2 has 121",
                        "f.yml:2 has 121");
    }

    /** Writes each file with a line that just fits and a line that does not. */
    private static void writeLongLines(Path folder, String... names) throws IOException {
        String whole = "é".repeat(MAX_LENGTH);
        for (String name : names) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, whole + "\n" + whole + "x\n");
        }
    }

    /** Each line that is too long, as {@code file:line}. */
    private static List<String> tooLong(Path root) {
        return sources(root).stream().flatMap(file -> tooLong(root, file)).toList();
    }

    private static Stream<String> tooLong(Path root, Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            return IntStream.range(0, lines.size())
                    .filter(line -> lengthOf(lines.get(line)) > MAX_LENGTH)
                    .mapToObj(line -> nameOf(root, file) + ":" + (line + 1) + " has " + lengthOf(lines.get(line)));
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    private static int lengthOf(String line) {
        return line.codePointCount(0, line.length());
    }

    private static List<Path> sources(Path root) {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return FOREIGN.contains(folder.getFileName().toString())
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (isSource(nameOf(root, file))) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(root.toString(), e);
        }
        return found.stream().sorted().toList();
    }

    private static boolean isSource(String name) {
        if (APPLIED.stream().anyMatch(name::endsWith)) {
            return false;
        }
        return SCRIPTS.contains(name) || MEASURED.stream().anyMatch(name::endsWith);
    }

    private static String nameOf(Path root, Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }
}
