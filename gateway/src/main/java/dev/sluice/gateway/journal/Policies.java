package dev.sluice.gateway.journal;

import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.presence.KnownProcessor;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.message.StatusMessage.KindOffer;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/**
 * Gives the present {@link Policy} of a kind, from this gateway's knowledge of kinds, processors and the broker.
 * Thread-safe.
 */
final class Policies {

    private final Kinds kinds;
    private final Processors processors;
    private final BooleanSupplier brokerWasLost;
    private final Clock clock;

    Policies(Kinds kinds, Processors processors, BooleanSupplier brokerWasLost, Clock clock) {
        this.kinds = kinds;
        this.processors = processors;
        this.brokerWasLost = brokerWasLost;
        this.clock = clock;
    }

    /** Empty while this gateway does not know the kind. */
    Optional<Policy> of(String kind) {
        return kinds.find(kind)
                .map(found -> new Policy(
                        found,
                        clock.instant(),
                        brokerWasLost.getAsBoolean(),
                        () -> largestTokens(kind),
                        processor -> !processors.lives(processor),
                        () -> ThreadLocalRandom.current().nextDouble()));
    }

    /**
     * The most tokens of all living processors. Those that stop count too, because a deployment as a rule replaces each
     * by one as large.
     */
    private OptionalInt largestTokens(String kind) {
        return processors.all().stream()
                .filter(KnownProcessor::lives)
                .flatMap(processor -> processor.kinds().stream())
                .filter(offer -> offer.kind().equals(kind))
                .mapToInt(KindOffer::tokens)
                .max();
    }
}
