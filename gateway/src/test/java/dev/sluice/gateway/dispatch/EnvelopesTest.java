package dev.sluice.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EnvelopesTest {

    private static final Duration UNACKED = Duration.ofMinutes(25);
    private static final EnvelopeBounds WIDE = bounds(64, 1_000, 1 << 20);

    @Test
    void putsAllThatIsDueIntoOneEnvelope() {
        assertThat(sizes(pack(items(10), WIDE))).containsExactly(10);
    }

    @Test
    void makesNoEnvelopeOfNothing() {
        assertThat(pack(List.of(), WIDE)).isEmpty();
    }

    @Test
    void holdsAtMostSoManyRequests() {
        assertThat(sizes(pack(items(10), bounds(4, 1_000, 1 << 20)))).containsExactly(4, 4, 2);
    }

    @Test
    void holdsAtMostSoMuchCost() {
        List<WorkItem> items = List.of(item(2, 10, false), item(2, 10, false), item(3, 10, false), item(1, 10, false));

        assertThat(sizes(pack(items, bounds(64, 4, 1 << 20)))).containsExactly(2, 2);
    }

    @Test
    void holdsAtMostSoManyBytes() {
        List<WorkItem> items = List.of(item(1, 700, false), item(1, 700, false), item(1, 100, false));

        assertThat(sizes(pack(items, bounds(64, 1_000, 1_000)))).containsExactly(1, 2);
    }

    @Test
    void carriesOneRequestThatFitsNoBound() {
        List<WorkItem> items = List.of(item(1, 10, false), item(50, 5_000, false), item(1, 10, false));

        assertThat(sizes(pack(items, bounds(64, 4, 1_000)))).containsExactly(1, 1, 1);
    }

    @Test
    void letsARequestThatMustRunAloneTravelAlone() {
        List<WorkItem> items = List.of(item(1, 10, false), item(1, 10, true), item(1, 10, true), item(1, 10, false));

        assertThat(sizes(pack(items, WIDE))).containsExactly(1, 1, 1, 1);
    }

    /** Its message is acked before its end, so it must not be the message of others as well. */
    @Test
    void letsARequestThatMayRunForLongTravelAlone() {
        List<WorkItem> items = List.of(item(UNACKED), item(UNACKED.plusMillis(1)), item(UNACKED), item(UNACKED));

        assertThat(sizes(pack(items, WIDE))).containsExactly(1, 1, 2);
    }

    @Test
    void keepsEveryRequestOnceAndInOrder() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            List<WorkItem> items = IntStream.range(0, random.nextInt(100))
                    .mapToObj(_ -> item(1 + random.nextInt(5), random.nextInt(400), random.nextInt(20) == 0))
                    .toList();
            EnvelopeBounds bounds = bounds(1 + random.nextInt(10), 1 + random.nextInt(10), 1 + random.nextInt(2_000));

            List<WorkItem> packed = new ArrayList<>();
            pack(items, bounds).forEach(envelope -> packed.addAll(envelope.items()));

            assertThat(packed).as("seed %d", seed).isEqualTo(items);
        }
    }

    private static List<WorkEnvelope> pack(List<WorkItem> items, EnvelopeBounds bounds) {
        return Envelopes.pack("thumbnail", items, bounds);
    }

    private static List<Integer> sizes(List<WorkEnvelope> envelopes) {
        return envelopes.stream().map(envelope -> envelope.items().size()).toList();
    }

    private static List<WorkItem> items(int count) {
        return IntStream.range(0, count).mapToObj(_ -> item(1, 10, false)).toList();
    }

    private static EnvelopeBounds bounds(int maxItems, int maxCost, int maxBytes) {
        return new EnvelopeBounds(maxItems, maxCost, maxBytes, UNACKED);
    }

    private static WorkItem item(int cost, int bytes, boolean alone) {
        return item(cost, bytes, alone, Duration.ofSeconds(60));
    }

    private static WorkItem item(Duration timeout) {
        return item(1, 10, false, timeout);
    }

    private static WorkItem item(int cost, int bytes, boolean alone, Duration timeout) {
        return new WorkItem(
                new RequestId(UUID.randomUUID()),
                1,
                1,
                5,
                cost,
                alone,
                timeout,
                Instant.EPOCH,
                null,
                new Payload(Payload.BINARY, new byte[bytes]));
    }
}
