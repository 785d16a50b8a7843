package dev.sluice.gateway.embedded;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.core.env.Environment;

/** Shown once everything runs: the addresses, and one line to try them with. */
final class Banner {

    private final Environment environment;
    private final PrintStream out;

    Banner(Environment environment, PrintStream out) {
        this.environment = environment;
        this.out = out;
    }

    void show(Path data, Duration took) {
        String api = "http://localhost:" + environment.getProperty("local.server.port");
        String management = "http://localhost:" + environment.getProperty("local.management.port");
        out.printf(
                """

                Sluice is ready after %.1f s.

                  API      %s
                  Console  %s/console
                  Health   %s/actuator/health
                  Data     %s

                Try it:

                  curl -s -H 'Prefer: wait=10' -H 'Content-Type: application/json' -d '{"hello":"world"}' \
                %s/v1/requests/echo

                Ctrl-C stops it; what was accepted is kept.

                """,
                took.toMillis() / 1_000.0,
                api,
                api,
                management,
                data.toAbsolutePath().normalize(),
                api);
        out.flush();
    }
}
