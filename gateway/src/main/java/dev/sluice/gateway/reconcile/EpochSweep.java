package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.broker.Deployment;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import reactor.core.publisher.Mono;

/**
 * Finds out whether the broker is still the one that the gateways knew. If its marker queue is gone, it came back
 * empty: all QUEUED requests go back to the backlog at once, and a new marker is declared. The sweep looks at its first
 * run and after each loss of the connection.
 *
 * <p>In embedded mode broker and processors are new with each start, so RUNNING requests go back as well, as crashed.
 */
final class EpochSweep implements Sweep {

    private static final Logger log = LoggerFactory.getLogger(EpochSweep.class);

    private final BrokerEpochs epochs;
    private final RequestEvidence evidence;
    private final Transitions transitions;
    private final Broker broker;
    private final Clock clock;
    private final boolean processorsGoWithBroker;
    private volatile long knownAfterLosses = -1;

    EpochSweep(
            BrokerEpochs epochs,
            RequestEvidence evidence,
            Transitions transitions,
            Broker broker,
            Clock clock,
            Deployment deployment) {
        this.epochs = epochs;
        this.evidence = evidence;
        this.transitions = transitions;
        this.broker = broker;
        this.clock = clock;
        processorsGoWithBroker = deployment.processorsGoWithBroker();
    }

    @Override
    public String name() {
        return "broker_epoch";
    }

    @Override
    public Mono<Integer> run() {
        long losses = broker.stats().reconnects();
        if (knownAfterLosses == losses || broker.state() == BrokerState.DISCONNECTED) {
            return Mono.just(0);
        }
        Instant before = clock.instant();
        return epochs.current().flatMap(epoch -> compare(epoch, before)).doOnNext(_ -> knownAfterLosses = losses);
    }

    private Mono<Integer> compare(UUID epoch, Instant before) {
        if (epoch.equals(BrokerEpochs.NONE)) {
            return epochs.begin(epoch).thenReturn(0);
        }
        return epochs.isKnownToBroker(epoch)
                .flatMap(there -> there
                        ? Mono.just(0)
                        : takeBackAll(before)
                                .flatMap(count -> epochs.begin(epoch).thenReturn(count)));
    }

    /**
     * Takes back requests that were dispatched before the look; later dispatches went to the broker that is there now.
     */
    private Mono<Integer> takeBackAll(Instant before) {
        Level level = processorsGoWithBroker ? Level.INFO : Level.WARN; // in one process each start is a new broker
        log.atLevel(level).log("broker.came_back_empty");
        return evidence.dispatchedBefore(before, processorsGoWithBroker)
                .map(outs -> outs.stream().collect(Collectors.toMap(Out::id, this::lost)))
                .concatMap(transitions::takeBack, 1)
                .reduce(0, (count, changes) -> count + changes.size());
    }

    /**
     * Only requests that ran are counted as crashed, and only where the processor went down with the broker's memory.
     */
    private LostRun lost(Out out) {
        return new LostRun(out.fence(), processorsGoWithBroker ? LostRun.Evidence.CRASHED : LostRun.Evidence.LOST);
    }
}
