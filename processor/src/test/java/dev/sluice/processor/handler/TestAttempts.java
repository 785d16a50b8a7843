package dev.sluice.processor.handler;

import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** Attempts with valid defaults. */
public final class TestAttempts {

    public static final RequestId ID = new RequestId(UUID.fromString("01900000-0000-7000-8000-000000000001"));

    public static Work of(byte[] bytes) {
        return of(new Payload(Payload.BINARY, bytes), 1);
    }

    public static Work of(String json) {
        return of(json, 1);
    }

    public static Work of(String json, int attempt) {
        return of(new Payload(Payload.JSON, json.getBytes(StandardCharsets.UTF_8)), attempt);
    }

    private static Work of(Payload payload, int attempt) {
        return new Work(
                ID,
                "k",
                attempt,
                5,
                Instant.parse("2026-11-01T10:00:00Z"),
                Duration.ofMinutes(1),
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                payload);
    }

    private TestAttempts() {}
}
