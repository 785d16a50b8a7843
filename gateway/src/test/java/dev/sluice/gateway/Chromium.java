package dev.sluice.gateway;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The machine's own Chromium without a window; nothing is downloaded. {@code SLUICE_CHROMIUM} names it if it is not in
 * the PATH. For one plain thread, because every call waits.
 */
final class Chromium implements AutoCloseable {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");

    /** Quiet and offline: the browser talks only to the page's server. */
    private static final List<String> ARGUMENTS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Playwright playwright, Path executable) {
        this.playwright = playwright;
        this.browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        .setArgs(ARGUMENTS));
    }

    /** Starts it; if none is installed, fails with the package to install. */
    static Chromium start() {
        Path executable = find().orElseThrow(() ->
                new IllegalStateException("no Chromium: install one of " + NAMES + ", or name it in SLUICE_CHROMIUM"));
        return new Chromium(
                Playwright.create(
                        new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))),
                executable);
    }

    Browser browser() {
        return browser;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }

    private static Optional<Path> find() {
        String named = System.getenv("SLUICE_CHROMIUM");
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        List<String> folders = Arrays.asList(System.getenv("PATH").split(File.pathSeparator, -1));
        Stream<Path> candidates =
                NAMES.stream().flatMap(name -> folders.stream().map(folder -> Path.of(folder, name)));
        return candidates.filter(Files::isExecutable).findFirst();
    }
}
