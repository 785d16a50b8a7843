package dev.sluice.gateway.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DatabasePoolsTest {

    @Test
    void dealsOutAllConnectionsAndAtLeastOneToEachUse() {
        for (int all = 6; all <= 100; all++) {
            int sum = 0;
            for (ConnectionUse use : ConnectionUse.values()) {
                int share = DatabasePools.share(use, all);
                assertThat(share).as("%s of %d", use, all).isPositive();
                sum += share;
            }
            assertThat(sum).isEqualTo(all);
        }
    }

    @Test
    void givesTheJournalAConnectionForEachShardUnlessSetOtherwise() {
        assertThat(Arrays.stream(ConnectionUse.values()).map(use -> DatabasePools.share(use, 14)))
                .containsExactly(2, 4, 2, 3, 1, 2);
    }
}
