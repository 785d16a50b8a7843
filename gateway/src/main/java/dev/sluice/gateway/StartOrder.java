package dev.sluice.gateway;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The order in which the parts of a gateway start; they stop in the reverse order. This is the whole order: each
 * {@link LifecyclePart} is named after its place here.
 *
 * <pre>
 * start  database, store, broker; once the store may be used: kinds … followers;
 *        then processor, (the HTTP servers), streams, intake, readiness
 * stop   the same backwards: readiness goes off, intake refuses and writes its submissions, streams end, the servers
 *        stop, then the rest
 * </pre>
 */
enum StartOrder {
    /** Embedded mode only. */
    DATABASE(Phase.AT_ONCE),
    STORE(Phase.AT_ONCE),
    BROKER(Phase.AT_ONCE),
    KINDS(Phase.WITH_STORE),
    ANNOUNCEMENTS(Phase.WITH_STORE),
    PRESENCE(Phase.WITH_STORE),
    BROKER_LOSS(Phase.WITH_STORE),
    JOURNAL(Phase.WITH_STORE),
    DISPATCHER(Phase.WITH_STORE),
    SWEEPS(Phase.WITH_STORE),
    DEAD_LETTERS(Phase.WITH_STORE),
    FOLLOWERS(Phase.WITH_STORE),
    /** Embedded mode only. */
    PROCESSOR(Phase.LAST),
    STREAMS(Phase.PUBLIC),
    INTAKE(Phase.PUBLIC),
    READINESS(Phase.PUBLIC);

    /** When a part starts. Spring Boot's HTTP servers start between {@link #LAST} and {@link #PUBLIC}. */
    enum Phase {
        AT_ONCE(-1000),
        /**
         * As soon as the store may be used. A gateway whose store is not there yet starts all the same, and answers
         * 503.
         */
        WITH_STORE(-700),
        /** After everything that the part builds on was told to start. */
        LAST(-200),
        /** After the HTTP servers; so it stops before them. */
        PUBLIC(Integer.MAX_VALUE - 512);

        private final int number;

        Phase(int number) {
            this.number = number;
        }

        /** Its number in the order of Spring's lifecycle. Each phase has a time of its own to stop. */
        int number() {
            return number;
        }
    }

    private final Phase phase;

    StartOrder(Phase phase) {
        this.phase = phase;
    }

    /** The parts of a phase, in their order. */
    static List<LifecyclePart> inOrder(Phase phase, Collection<LifecyclePart> parts) {
        return parts.stream()
                .filter(part -> placeOf(part).phase == phase)
                .sorted(Comparator.comparing(StartOrder::placeOf))
                .toList();
    }

    /**
     * The place of a part.
     *
     * @throws IllegalArgumentException if its name is none of these
     */
    static StartOrder placeOf(LifecyclePart part) {
        return valueOf(part.name().toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
