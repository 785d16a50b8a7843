package dev.sluice.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.Report.Released.Cause;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.Test;

class WireTest {

    private static final RecursiveComparisonConfiguration BY_VALUE =
            RecursiveComparisonConfiguration.builder().build();
    private static final List<Function<byte[], Object>> READERS =
            List.of(Wire::decodeWork, Wire::decodeStatus, Wire::decodeAnnouncement, Wire::decodeControl);

    @Test
    void readsWhatItWrote() {
        for (long seed = 0; seed < 500; seed++) {
            TestMessages messages = new TestMessages(seed);
            WorkEnvelope work = messages.envelope();
            StatusMessage reports = messages.reports();
            StatusMessage heartbeat = messages.heartbeat();
            Announcement announcement = messages.announcement();
            ControlMessage cancel = messages.cancel();
            ControlMessage forsake = messages.forsake();

            assertSame(seed, Wire.decodeWork(Wire.encode(work)), work);
            assertSame(seed, Wire.decodeStatus(Wire.encode(reports)), reports);
            assertSame(seed, Wire.decodeStatus(Wire.encode(heartbeat)), heartbeat);
            assertSame(seed, Wire.decodeAnnouncement(Wire.encode(announcement)), announcement);
            assertSame(seed, Wire.decodeControl(Wire.encode(cancel)), cancel);
            assertSame(seed, Wire.decodeControl(Wire.encode(forsake)), forsake);
        }
    }

    /** These bytes are in queues of running systems: a change of a file here is a new version. */
    @Test
    void writesAndReadsTheGoldenFiles() throws IOException {
        for (Map.Entry<String, byte[]> message : golden().entrySet()) {
            String expected = file(message.getKey());

            assertThat(hex(message.getValue())).as(message.getKey()).isEqualTo(expected);
        }
        assertSame(0, Wire.decodeWork(bytes("work")), work());
        assertSame(0, Wire.decodeStatus(bytes("reports")), reports());
        assertSame(0, Wire.decodeStatus(bytes("heartbeat")), heartbeat());
        assertSame(0, Wire.decodeAnnouncement(bytes("announcement")), announcement());
        assertSame(0, Wire.decodeControl(bytes("cancel")), new ControlMessage.Cancel(List.of(id(1), id(2))));
        assertSame(0, Wire.decodeControl(bytes("forsake")), forsake());
    }

    @Test
    void refusesAMessageThatIsCutOffAnywhere() {
        for (byte[] whole : golden().values()) {
            for (int length = 0; length < whole.length; length++) {
                byte[] cut = Arrays.copyOf(whole, length);

                READERS.forEach(reader ->
                        assertThatThrownBy(() -> reader.apply(cut)).isInstanceOf(UnreadableMessageException.class));
            }
        }
    }

    @Test
    void refusesLengthsAndCountsThatLieWithoutAllocatingForThem() {
        byte[] count = ByteBuffer.allocate(10)
                .put(Wire.VERSION)
                .put((byte) 5)
                .putInt(Integer.MAX_VALUE)
                .array();
        byte[] negative = ByteBuffer.allocate(10)
                .put(Wire.VERSION)
                .put((byte) 5)
                .putInt(-1)
                .array();
        byte[] length = ByteBuffer.allocate(10)
                .put(Wire.VERSION)
                .put((byte) 1)
                .putInt(Integer.MAX_VALUE)
                .array();

        assertThatThrownBy(() -> Wire.decodeControl(count)).isInstanceOf(UnreadableMessageException.class);
        assertThatThrownBy(() -> Wire.decodeControl(negative)).isInstanceOf(UnreadableMessageException.class);
        assertThatThrownBy(() -> Wire.decodeWork(length)).isInstanceOf(UnreadableMessageException.class);
    }

    @Test
    void refusesOtherVersionsAndOtherTypes() {
        for (byte[] message : golden().values()) {
            byte[] newer = message.clone();
            newer[0] = Wire.VERSION + 1;
            byte[] unknown = message.clone();
            unknown[1] = 99;
            for (Function<byte[], Object> reader : READERS) {
                assertThatThrownBy(() -> reader.apply(newer))
                        .isInstanceOf(UnreadableMessageException.class)
                        .hasMessageContaining("version 3");
                assertThatThrownBy(() -> reader.apply(unknown)).isInstanceOf(UnreadableMessageException.class);
            }
        }
        assertThatThrownBy(() -> Wire.decodeStatus(Wire.encode(work()))).isInstanceOf(UnreadableMessageException.class);
        assertThatThrownBy(() -> Wire.decodeWork(Wire.encode(reports())))
                .isInstanceOf(UnreadableMessageException.class);
    }

    @Test
    void refusesAnEnvelopeWithoutRequests() {
        byte[] empty = ByteBuffer.allocate(10)
                .put(Wire.VERSION)
                .put((byte) 1)
                .putInt(0)
                .putInt(0)
                .array();

        assertThatThrownBy(() -> Wire.decodeWork(empty)).isInstanceOf(UnreadableMessageException.class);
    }

    @Test
    void skipsWhatANewerWriterAddsToAFrame() {
        byte[] original = Wire.encode(new ControlMessage.Cancel(List.of(id(1), id(2))));
        // Each id's frame with five more bytes: length 21 in place of 16.
        ByteBuffer longer = ByteBuffer.allocate(original.length + 10).put(original, 0, 6);
        for (int i = 0; i < 2; i++) {
            longer.putInt(21).put(original, 6 + 20 * i + 4, 16).put(new byte[] {9, 9, 9, 9, 9});
        }

        assertThat(Wire.decodeControl(longer.array())).isEqualTo(new ControlMessage.Cancel(List.of(id(1), id(2))));
    }

    @Test
    void neverEndsWithAnythingElseOnRandomDamage() {
        List<byte[]> messages = new ArrayList<>(golden().values());
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = messages.get(random.nextInt(messages.size())).clone();
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            for (Function<byte[], Object> reader : READERS) {
                assertReadableOrRefused(reader, damaged);
            }
        }
    }

    private static void assertReadableOrRefused(Function<byte[], Object> reader, byte[] bytes) {
        try {
            assertThat(reader.apply(bytes)).isNotNull();
        } catch (UnreadableMessageException expected) {
            assertThat(expected).hasMessageMatching(".+");
        } catch (RuntimeException other) {
            throw new AssertionError("not refused as it should be: " + hex(bytes), other);
        }
    }

    private static void assertSame(long seed, Object actual, Object expected) {
        assertThat(actual)
                .as("seed %d", seed)
                .usingRecursiveComparison(BY_VALUE)
                .isEqualTo(expected);
    }

    private static Map<String, byte[]> golden() {
        Map<String, byte[]> messages = new LinkedHashMap<>();
        messages.put("work", Wire.encode(work()));
        messages.put("reports", Wire.encode(reports()));
        messages.put("heartbeat", Wire.encode(heartbeat()));
        messages.put("announcement", Wire.encode(announcement()));
        messages.put("cancel", Wire.encode(new ControlMessage.Cancel(List.of(id(1), id(2)))));
        messages.put("forsake", Wire.encode(forsake()));
        return messages;
    }

    private static ControlMessage forsake() {
        return new ControlMessage.Forsake(
                List.of(new ControlMessage.Dispatch(id(1), 2), new ControlMessage.Dispatch(id(2), 1)));
    }

    private static WorkEnvelope work() {
        Payload json = new Payload(Payload.JSON, "{\"a\":\"ä\"}".getBytes(StandardCharsets.UTF_8));
        return new WorkEnvelope(
                "thumbnail",
                List.of(
                        new WorkItem(id(1), 1, 1, 5, 1, false, Duration.ofSeconds(30), at(0), null, json),
                        new WorkItem(
                                id(2),
                                3,
                                2,
                                5,
                                4,
                                true,
                                Duration.ofMinutes(10),
                                at(1),
                                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                Payload.EMPTY)));
    }

    private static StatusMessage reports() {
        Fence fence = new Fence(2, 1);
        Failure failure = new Failure("timeout", "The attempt took longer than 30 s", "");
        return new StatusMessage.ReportBatch(
                id(9).value(),
                List.of(
                        new Report.Started(id(1), fence, 1, at(0), true),
                        new Report.Progress(id(1), fence, 2, at(1), "{\"percent\":50}"),
                        new Report.Output(id(1), fence, 3, at(2), new byte[] {0, 1, -1}),
                        new Report.Succeeded(id(1), fence, 4, at(3), new Payload("text/plain", new byte[] {65})),
                        new Report.Failed(id(2), fence, 1, at(4), FailureClass.TRANSIENT, failure, null),
                        new Report.Failed(id(3), fence, 1, at(5), FailureClass.PERMANENT, failure, null),
                        new Report.Failed(id(4), fence, 1, at(6), FailureClass.NOT_YET, failure, Duration.ofSeconds(7)),
                        new Report.Released(id(5), fence, 1, at(7), Cause.HANDED_BACK, Duration.ofMinutes(1), 1),
                        new Report.Released(id(6), fence, 1, at(8), Cause.REDELIVERED, Duration.ZERO, 2),
                        new Report.Released(
                                id(7), fence, 1, at(9), Cause.COST_EXCEEDS_TOKENS, Duration.ofSeconds(1), 8),
                        new Report.Canceled(id(8), fence, 1, at(10))));
    }

    private static StatusMessage heartbeat() {
        return new StatusMessage.Heartbeat(
                id(9).value(),
                "host-1",
                "0.1.0",
                at(0),
                at(5),
                2,
                5_000,
                16,
                3,
                false,
                List.of(new StatusMessage.KindOffer("thumbnail", 4, 1), new StatusMessage.KindOffer("echo", 16, 64)),
                List.of(
                        new StatusMessage.Held(id(1), new Fence(1, 0), true),
                        new StatusMessage.Held(id(2), new Fence(3, 1), false)));
    }

    private static Announcement announcement() {
        return new Announcement(
                id(8).value(),
                List.of(new Announcement.Change(id(1), 3, (byte) 4), new Announcement.Change(id(2), 1, (byte) 2)),
                List.of(new Announcement.Freed("echo", 12)),
                List.of("thumbnail"));
    }

    private static RequestId id(int number) {
        return new RequestId(new UUID(0x0190_0000_0000_7000L, 0x8000_0000_0000_0000L | number));
    }

    private static Instant at(int second) {
        return Instant.parse("2026-11-01T10:00:00.123456Z").plusSeconds(second);
    }

    private static byte[] bytes(String name) throws IOException {
        return HexFormat.of().parseHex(file(name).replace("\n", ""));
    }

    private static String file(String name) throws IOException {
        String path = "/golden/v" + Wire.VERSION + "/" + name + ".hex";
        try (InputStream in = Objects.requireNonNull(WireTest.class.getResourceAsStream(path), path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    /** 32 bytes a line. */
    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes).replaceAll("(.{64})(?=.)", "$1\n");
    }
}
