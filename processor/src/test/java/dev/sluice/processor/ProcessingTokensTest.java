package dev.sluice.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProcessingTokensTest {

    private final AtomicBoolean open = new AtomicBoolean(true);
    private final AtomicInteger rounds = new AtomicInteger();
    private final ProcessingTokens tokens =
            new ProcessingTokens(4, Map.of("a", 4, "b", 4, "narrow", 1), open::get, rounds::incrementAndGet);
    private final List<TestClaim> granted = new ArrayList<>();

    @Test
    void grantsInTheOrderOfArrivalWhileThereAreTokens() {
        TestClaim first = add("a", 2);
        TestClaim second = add("b", 2);
        TestClaim third = add("a", 1);

        tokens.grant();
        assertThat(granted).containsExactly(first, second);
        release(second);

        assertThat(granted).containsExactly(first, second, third);
        assertThat(tokens.inUse()).isEqualTo(3);
    }

    @Test
    void gathersTokensForBigWorkAtTheHead() {
        TestClaim running = add("a", 1);
        tokens.grant();
        TestClaim big = add("a", 4);
        TestClaim small = add("b", 1);

        tokens.grant();
        assertThat(granted).containsExactly(running);
        release(running);

        assertThat(granted).containsExactly(running, big);
        release(big);
        assertThat(granted).containsExactly(running, big, small);
    }

    @Test
    void letsOtherKindsOvertakeAKindThatHasUsedItsShare() {
        TestClaim narrow = add("narrow", 1);
        TestClaim waits = add("narrow", 1);
        TestClaim other = add("a", 3);

        tokens.grant();

        assertThat(granted).containsExactly(narrow, other);
        release(narrow);
        assertThat(granted).containsExactly(narrow, other, waits);
    }

    @Test
    void givesAllTokensToWorkThatMustBeAloneWhateverItsShare() {
        TestClaim alone = new TestClaim("narrow", 4, true);
        tokens.add(alone);
        add("a", 1);

        tokens.grant();

        assertThat(granted).containsExactly(alone);
        assertThat(tokens.inUse()).isEqualTo(4);
    }

    @Test
    void forgetsClaimsThatGaveUp() {
        TestClaim running = add("a", 1);
        tokens.grant();
        TestClaim big = add("a", 4);
        TestClaim small = add("b", 1);
        big.waiting = false;

        tokens.grant();

        assertThat(granted).containsExactly(running, small);
        assertThat(tokens.waiting()).isZero();
    }

    @Test
    void grantsNothingWhileItIsClosed() {
        open.set(false);
        add("a", 1);
        tokens.grant();
        assertThat(granted).isEmpty();

        open.set(true);
        tokens.grant();

        assertThat(granted).hasSize(1);
    }

    @Test
    void keepsTheStackFlatWhenWorkEndsWhereItStarts() {
        for (int i = 0; i < 100_000; i++) {
            TestClaim claim = new TestClaim("a", 1, false);
            claim.endsAtOnce = true;
            tokens.add(claim);
        }

        tokens.grant();

        assertThat(granted).hasSize(100_000);
        assertThat(tokens.inUse()).isZero();
    }

    @Test
    void neverGivesOutMoreThanThereAre() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            granted.clear();
            for (int i = 0; i < 50; i++) {
                add(random.nextBoolean() ? "a" : "b", 1 + random.nextInt(4));
                tokens.grant();
                assertThat(tokens.inUse()).as("seed %d", seed).isBetween(0, 4);
                if (!granted.isEmpty() && random.nextBoolean()) {
                    release(granted.removeFirst());
                }
            }
            while (!granted.isEmpty()) {
                release(granted.removeFirst());
            }
            assertThat(tokens.inUse()).as("seed %d", seed).isZero();
            assertThat(tokens.waiting()).as("seed %d", seed).isZero();
        }
    }

    private TestClaim add(String kind, int count) {
        TestClaim claim = new TestClaim(kind, count, false);
        tokens.add(claim);
        return claim;
    }

    private void release(TestClaim claim) {
        tokens.release(claim);
        tokens.grant();
    }

    private final class TestClaim implements ProcessingTokens.Claim {

        private final String kind;
        private final int count;
        private final boolean alone;
        private boolean waiting = true;
        private boolean endsAtOnce;

        TestClaim(String kind, int count, boolean alone) {
            this.kind = kind;
            this.count = count;
            this.alone = alone;
        }

        @Override
        public String kind() {
            return kind;
        }

        @Override
        public int tokens() {
            return count;
        }

        @Override
        public boolean alone() {
            return alone;
        }

        @Override
        public boolean waiting() {
            return waiting;
        }

        @Override
        public void granted() {
            granted.add(this);
            if (endsAtOnce) {
                release(this);
            }
        }
    }
}
