package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.reconcile.LostRuns.Finding;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.RequestId;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes back runs that, as heartbeats show, are with no processor; see {@link LostRuns}. A cancel that waits for such a
 * run ends CANCELED.
 */
final class HeartbeatSweep implements Sweep {

    private static final Logger log = LoggerFactory.getLogger(HeartbeatSweep.class);

    private static final int MAX_OUT = 100_000;

    private final LostRuns lostRuns;
    private final RequestEvidence evidence;
    private final Broker broker;
    private final Transitions transitions;
    private final MeterRegistry meters;

    HeartbeatSweep(
            LostRuns lostRuns, RequestEvidence evidence, Broker broker, Transitions transitions, MeterRegistry meters) {
        this.lostRuns = lostRuns;
        this.evidence = evidence;
        this.broker = broker;
        this.transitions = transitions;
        this.meters = meters;
    }

    @Override
    public String name() {
        return "heartbeats";
    }

    @Override
    public Duration pause() {
        return Duration.ofSeconds(5);
    }

    @Override
    public Mono<Integer> run() {
        if (broker.state() != BrokerState.CONNECTED) {
            lostRuns.unsteady();
            return Mono.just(0);
        }
        return lostRuns.look()
                .then(evidence.out(MAX_OUT))
                .flatMap(this::findings)
                .flatMap(this::takeBack)
                .doOnError(Exception.class, _ -> lostRuns.unsteady())
                .thenReturn(0); // counted apart, by evidence
    }

    private Mono<List<Finding>> findings(List<Out> outs) {
        Set<String> queuedKinds =
                outs.stream().filter(lostRuns::mayBeLostInQueue).map(Out::kind).collect(Collectors.toSet());
        return Flux.fromIterable(queuedKinds)
                .filterWhen(this::hasNothingReady, 1)
                .collect(Collectors.toSet())
                .map(emptyKinds -> lostRuns.among(outs, emptyKinds));
    }

    private Mono<Boolean> hasNothingReady(String kind) {
        return broker.ready(Topology.work(kind).name()).map(ready -> ready == 0).defaultIfEmpty(true);
    }

    private Mono<Void> takeBack(List<Finding> findings) {
        if (findings.isEmpty()) {
            return Mono.empty();
        }
        Map<RequestId, Finding> byId = new HashMap<>();
        Map<RequestId, LostRun> runs = new HashMap<>();
        for (Finding finding : findings) {
            byId.put(finding.out().id(), finding);
            runs.put(finding.out().id(), new LostRun(finding.out().fence(), finding.evidence()));
        }
        return transitions
                .takeBack(runs)
                .doOnNext(changes ->
                        changes.forEach(change -> note(byId.get(change.before().id()))))
                .then();
    }

    private void note(@Nullable Finding finding) {
        if (finding != null) {
            meters.counter("sluice.repairs", "evidence", finding.name()).increment();
            log.atWarn()
                    .addKeyValue("id", finding.out().id())
                    .addKeyValue("evidence", finding.name())
                    .log("request.taken_back");
        }
    }
}
