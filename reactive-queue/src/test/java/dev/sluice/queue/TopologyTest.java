package dev.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TopologyTest {

    /** A start of 32 ms. */
    private static final long START = 1_795_000_000_000L / 32 * 32;

    @Test
    void requestsOfTheSame32MillisecondsShareAShard() {
        assertThat(LongStream.range(START, START + 32).mapToObj(TopologyTest::idAt))
                .extracting(Topology::shardOf)
                .containsOnly(Topology.shardOf(idAt(START)));
    }

    @Test
    void shardsTakeTurns() {
        assertThat(LongStream.range(0, 8).mapToObj(turn -> idAt(START + 32 * turn)))
                .extracting(Topology::shardOf)
                .containsExactly(0, 1, 2, 3, 0, 1, 2, 3);
    }

    @Test
    void anyIdHasAShard() {
        assertThat(Topology.shardOf(new UUID(-1, -1))).isEqualTo(Topology.STATUS_SHARDS - 1);
        assertThat(Topology.shardOf(new UUID(0, 0))).isZero();
    }

    private static UUID idAt(long millis) {
        UUID random = UUID.randomUUID();
        return new UUID(
                millis << 16 | 7L << 12 | random.getMostSignificantBits() & 0xfff, random.getLeastSignificantBits());
    }
}
