package dev.sluice.processor.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.util.unit.DataSize;

/** Finds programs, and puts limits before them. */
final class Programs {

    private static final String LIMITER = "prlimit";

    /**
     * The words to run: the program as found, with its limits in place.
     *
     * @param key of the settings, for the messages
     * @throws IllegalArgumentException if the line cannot be run here; the message says why
     */
    static List<String> argv(String key, CommandSettings settings) {
        List<String> argv = new ArrayList<>();
        if (settings.isLimited()) {
            argv.addAll(limits(key, settings));
        }
        List<String> words = words(key, settings.line());
        argv.add(find(words.getFirst())
                .orElseThrow(() -> new IllegalArgumentException(key + ".line must name a program that can be run, but "
                        + words.getFirst() + " is not one, nor one in the PATH"))
                .toString());
        argv.addAll(words.subList(1, words.size()));
        return List.copyOf(argv);
    }

    private static List<String> words(String key, String line) {
        try {
            return CommandLine.words(line);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(key + ".line cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<String> limits(String key, CommandSettings settings) {
        List<String> argv = new ArrayList<>();
        argv.add(find(LIMITER)
                .orElseThrow(() -> new IllegalArgumentException(key
                        + ".max-memory and .max-cpu need the program " + LIMITER
                        + " (util-linux), which is not in the PATH"))
                .toString());
        DataSize memory = settings.maxMemory();
        if (memory != null) {
            argv.add("--as=" + memory.toBytes());
        }
        Duration cpu = settings.maxCpu();
        if (cpu != null) {
            argv.add("--cpu=" + cpu.toSeconds());
        }
        return argv;
    }

    private static Optional<Path> find(String program) {
        if (program.contains("/")) {
            return Stream.of(Path.of(program)).filter(Programs::isProgram).findFirst();
        }
        String path = System.getenv().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        return Stream.of(path.split(":", -1))
                .map(folder -> Path.of(folder, program))
                .filter(Programs::isProgram)
                .findFirst();
    }

    private static boolean isProgram(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path);
    }

    private Programs() {}
}
