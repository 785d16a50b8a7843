package dev.sluice.message;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Messages of every sort, all of their values drawn from one seed. */
final class TestMessages {

    private static final String[] TEXTS = {
        "", "a", "text/plain; charset=utf-8", "äöü€", "😀", "\u0000\r\n", "x".repeat(300)
    };

    private final Random random;

    TestMessages(long seed) {
        random = new Random(seed);
    }

    WorkEnvelope envelope() {
        return new WorkEnvelope(text(), listOf(1, this::item));
    }

    StatusMessage.ReportBatch reports() {
        return new StatusMessage.ReportBatch(uuid(), listOf(0, this::report));
    }

    StatusMessage.Heartbeat heartbeat() {
        return new StatusMessage.Heartbeat(
                uuid(),
                text(),
                text(),
                instant(),
                instant(),
                random.nextLong(),
                random.nextInt(),
                random.nextInt(),
                random.nextInt(),
                random.nextBoolean(),
                listOf(0, () -> new StatusMessage.KindOffer(text(), random.nextInt(), random.nextInt())),
                listOf(0, () -> new StatusMessage.Held(id(), fence(), random.nextBoolean())));
    }

    Announcement announcement() {
        return new Announcement(
                uuid(),
                listOf(0, () -> new Announcement.Change(id(), random.nextInt(), (byte) random.nextInt())),
                listOf(0, () -> new Announcement.Freed(text(), random.nextInt())),
                listOf(0, this::text));
    }

    ControlMessage.Cancel cancel() {
        return new ControlMessage.Cancel(listOf(0, this::id));
    }

    ControlMessage.Forsake forsake() {
        return new ControlMessage.Forsake(listOf(0, () -> new ControlMessage.Dispatch(id(), random.nextInt())));
    }

    private WorkItem item() {
        return new WorkItem(
                id(),
                random.nextInt(),
                random.nextInt(),
                random.nextInt(),
                random.nextInt(),
                random.nextBoolean(),
                Duration.ofMillis(random.nextLong()),
                instant(),
                optional(text()),
                payload());
    }

    private Report report() {
        int ordinal = random.nextInt();
        return switch (random.nextInt(7)) {
            case 0 -> new Report.Started(id(), fence(), ordinal, instant(), random.nextBoolean());
            case 1 -> new Report.Progress(id(), fence(), ordinal, instant(), text());
            case 2 -> new Report.Output(id(), fence(), ordinal, instant(), bytes());
            case 3 -> new Report.Succeeded(id(), fence(), ordinal, instant(), payload());
            case 4 -> new Report.Failed(id(), fence(), ordinal, instant(), failureClass(), failure(), retryAfter());
            case 5 -> new Report.Released(id(), fence(), ordinal, instant(), cause(), pause(), random.nextInt());
            default -> new Report.Canceled(id(), fence(), ordinal, instant());
        };
    }

    private Report.Released.Cause cause() {
        Report.Released.Cause[] all = Report.Released.Cause.values();
        return all[random.nextInt(all.length)];
    }

    private Duration pause() {
        return Duration.ofMillis(random.nextInt(1_000_000));
    }

    private FailureClass failureClass() {
        FailureClass[] all = FailureClass.values();
        return all[random.nextInt(all.length)];
    }

    private Failure failure() {
        return new Failure(text(), text(), text());
    }

    private @Nullable Duration retryAfter() {
        return random.nextBoolean() ? Duration.ofMillis(random.nextInt(1_000_000)) : null;
    }

    private RequestId id() {
        return new RequestId(uuid());
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private Fence fence() {
        return new Fence(random.nextInt(), random.nextInt());
    }

    /** To the microsecond, before and after 1970. */
    private Instant instant() {
        return Wire.instant(random.nextLong(-(1L << 52), 1L << 52));
    }

    private Payload payload() {
        return new Payload(text(), bytes());
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }

    private String text() {
        return new String(TEXTS[random.nextInt(TEXTS.length)].getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    private @Nullable String optional(String text) {
        return random.nextBoolean() ? text : null;
    }

    private <T> List<T> listOf(int least, Supplier<T> value) {
        return Stream.generate(value).limit(least + random.nextInt(5)).toList();
    }
}
