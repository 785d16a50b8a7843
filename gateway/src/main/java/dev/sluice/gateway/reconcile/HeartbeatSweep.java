package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.cancel.StopHints;
import dev.sluice.gateway.reconcile.LostRuns.Finding;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.gateway.store.RequestEvidence.Shards;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.ControlMessage.Dispatch;
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
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes back runs that, as heartbeats show, are with no processor; see {@link LostRuns}. A cancel that waits for such a
 * run ends CANCELED. Asks processors to stop runs that do not count any more; see {@link VainRuns}.
 */
final class HeartbeatSweep implements Sweep {

    private static final Logger log = LoggerFactory.getLogger(HeartbeatSweep.class);

    private final LostRuns lostRuns;
    private final VainRuns vainRuns;
    private final StopHints hints;
    private final RequestEvidence evidence;
    private final Broker broker;
    private final Transitions transitions;
    private final MeterRegistry meters;

    HeartbeatSweep(
            LostRuns lostRuns,
            VainRuns vainRuns,
            StopHints hints,
            RequestEvidence evidence,
            Broker broker,
            Transitions transitions,
            MeterRegistry meters) {
        this.lostRuns = lostRuns;
        this.vainRuns = vainRuns;
        this.hints = hints;
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
            lostRuns.lostContact();
            return Mono.just(0);
        }
        EmptyQueues emptyQueues =
                new EmptyQueues(kind -> broker.ready(Topology.work(kind).name()));
        return lostRuns.begin()
                .thenMany(Flux.defer(this::out))
                .concatMap(page -> judge(page, emptyQueues), 1)
                .then(Mono.fromRunnable(this::end))
                .doOnError(Exception.class, _ -> lostRuns.lostContact())
                .thenReturn(0); // counted apart, by evidence
    }

    private Flux<List<Out>> out() {
        Set<Integer> shards = lostRuns.shards(); // once: a shard may be handed on meanwhile
        vainRuns.begin(shards);
        return evidence.out(new Shards(Topology.STATUS_SHARDS, shards), lostRuns.notSilent());
    }

    private void end() {
        lostRuns.end();
        List<Dispatch> vain = vainRuns.end();
        if (!vain.isEmpty()) {
            log.atWarn().addKeyValue("runs", vain.size()).log("runs.forsaken");
            hints.forsake(vain);
        }
    }

    private Mono<Void> judge(List<Out> page, EmptyQueues emptyQueues) {
        vainRuns.note(page);
        Set<String> queuedKinds =
                page.stream().filter(lostRuns::mayBeLostInQueue).map(Out::kind).collect(Collectors.toSet());
        return countSilent(page)
                .then(emptyQueues.among(queuedKinds))
                .map(emptyKinds -> lostRuns.among(page, emptyKinds))
                .flatMap(this::takeBack);
    }

    private Mono<Void> countSilent(List<Out> page) {
        return Mono.defer(() -> {
            Set<UUID> uncounted = lostRuns.uncounted(page);
            return uncounted.isEmpty()
                    ? Mono.empty()
                    : evidence.noteRunsOf(uncounted).doOnNext(lostRuns::count).then();
        });
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
