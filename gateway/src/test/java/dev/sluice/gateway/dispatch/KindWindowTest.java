package dev.sluice.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KindWindowTest {

    private static final int WINDOW = 3;

    private final KindWindow window = new KindWindow();

    @Test
    void letsNobodyPastABacklogThatWasNotLookedAt() {
        assertThat(window.tryReserve(WINDOW)).isFalse();
    }

    @Test
    void reservesAsManySlotsAsThereAre() {
        lookAtEmptyBacklog();

        assertThat(window.tryReserve(WINDOW)).isTrue();
        assertThat(window.tryReserve(WINDOW)).isTrue();
        assertThat(window.tryReserve(WINDOW)).isTrue();
        assertThat(window.tryReserve(WINDOW)).isFalse();
        assertThat(window.room(WINDOW)).isZero();
    }

    @Test
    void givesASlotBackThatWasNotUsed() {
        lookAtEmptyBacklog();
        window.tryReserve(WINDOW);

        window.aborted(1);

        assertThat(window.room(WINDOW)).isEqualTo(WINDOW);
    }

    @Test
    void closesTheFastWayAsSoonAsSomebodyWaits() {
        lookAtEmptyBacklog();

        window.arrived();

        assertThat(window.tryReserve(WINDOW)).isFalse();
    }

    @Test
    void doesNotTakeABacklogForEmptyIntoWhichSomebodyCameMeanwhile() {
        long before = window.arrivals();
        window.arrived();

        window.foundEmpty(before);

        assertThat(window.backlogEmpty()).isFalse();
    }

    @Test
    void addsToACountWhatItCannotHaveSeen() {
        lookAtEmptyBacklog();
        window.tryReserve(10);
        window.tryReserve(10);
        window.committed(1);
        window.beginCount();
        window.dispatched(2);

        window.counted(1);

        assertThat(window.out()).as("1 counted, 1 reserved, 2 dispatched since").isEqualTo(4);
    }

    @Test
    void correctsItselfWhereHintsWereLost() {
        window.dispatched(5);
        window.beginCount();

        window.counted(0);

        assertThat(window.out()).isZero();
    }

    @Test
    void doesNotFallBelowZeroByHintsThatCameTwice() {
        window.dispatched(1);
        window.freed(2);

        assertThat(window.out()).isZero();
        assertThat(window.room(WINDOW)).isEqualTo(WINDOW);
    }

    @Test
    void addsToTheBacklogWhatCameSinceTheLastCount() {
        window.backlogCounted(new BacklogState(10, 100));

        window.waiting(2, 20);

        assertThat(window.backlog()).isEqualTo(new BacklogState(12, 120));
    }

    private void lookAtEmptyBacklog() {
        window.foundEmpty(window.arrivals());
    }
}
