package dev.sluice.gateway.testkit;

import dev.sluice.gateway.kind.KindProperties;
import java.time.Duration;
import java.util.Set;
import org.springframework.util.unit.DataSize;

/** Policies of kinds; short pauses, so that tests are short. */
public final class TestKinds {

    public static KindProperties kind(int window) {
        return new KindProperties(
                window,
                16,
                5,
                Duration.ofSeconds(60),
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                DataSize.ofMegabytes(1),
                DataSize.ofMegabytes(1),
                1_000_000,
                DataSize.ofGigabytes(4),
                Duration.ofDays(7),
                Set.of());
    }

    private TestKinds() {}
}
