package dev.sluice.gateway.journal;

import dev.sluice.gateway.control.KnownProcessor;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestEvidence.Out;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.message.StatusMessage.KindOffer;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds requests of one shard that are out and with nobody, by evidence and never by age:
 *
 * <pre>
 * runs at P, P lives, two more heartbeats of P do not list it               lost with its channel
 * runs at P, P is silent past its lease                                     crashed
 * queued, nothing ready at the broker, and after that two more heartbeats
 *     of every living processor do not list it                             its message is lost
 * </pre>
 *
 * A cancel that is being waited for ends CANCELED in each of these cases. Nothing is concluded until this gateway has reached Postgres
 * and the broker for a whole lease, because a silence may be its own. Confined to the journal of its shard, apart from {@link #check}.
 */
final class HeartbeatWatch {

    private static final Logger log = LoggerFactory.getLogger(HeartbeatWatch.class);

    private static final int MORE_HEARTBEATS = 2;
    private static final int MAX_OUT = 100_000;
    private static final Duration QUEUED_AT_LEAST = Duration.ofSeconds(15);

    private final int shard;
    private final HeartbeatEvidence evidence;
    private final Map<UUID, Beat> beats = new ConcurrentHashMap<>();
    private final Map<Run, Map<UUID, Long>> suspects = new HashMap<>();
    private final LongSupplier nanoTime;
    private volatile long steadySinceNanos;

    /** The last heartbeat of a processor. */
    private record Beat(long number, Set<Run> held) {}

    /** One run of a request. */
    private record Run(RequestId id, Fence fence) {}

    /** A request to be taken back, and why. */
    private record Finding(Out out, Reason reason, String evidence) {}

    HeartbeatWatch(int shard, HeartbeatEvidence evidence, LongSupplier nanoTime) {
        this.shard = shard;
        this.evidence = evidence;
        this.nanoTime = nanoTime;
        steadySinceNanos = nanoTime.getAsLong();
    }

    int shard() {
        return shard;
    }

    /** Takes note of a heartbeat, after everything that its processor reported before. */
    Mono<Void> heard(Heartbeat heartbeat) {
        Set<Run> held = HashSet.newHashSet(heartbeat.held().size());
        for (Held each : heartbeat.held()) {
            held.add(new Run(each.id(), each.fence()));
        }
        beats.put(heartbeat.processor(), new Beat(heartbeat.number(), held));
        Set<String> kinds = heartbeat.kinds().stream().map(KindOffer::kind).collect(Collectors.toSet());
        return evidence.processors().heard(heartbeat).then(evidence.kinds().offer(kinds));
    }

    /** Looks at all that is out, and takes back what is with nobody. */
    Mono<Void> check() {
        if (evidence.broker().state() != BrokerState.CONNECTED) {
            unsteady();
            return Mono.empty();
        }
        return evidence.requests()
                .out(MAX_OUT)
                .map(this::ofThisShard)
                .flatMap(this::findings)
                .flatMap(this::takeBack)
                .onErrorResume(Exception.class, this::failed);
    }

    private List<Out> ofThisShard(List<Out> all) {
        return all.stream()
                .filter(out -> Topology.shardOf(out.id().value()) == shard)
                .toList();
    }

    private Mono<List<Finding>> findings(List<Out> outs) {
        Set<String> queuedKinds =
                outs.stream().filter(this::mayBeLostInQueue).map(Out::kind).collect(Collectors.toSet());
        return Flux.fromIterable(queuedKinds)
                .filterWhen(this::hasNothingReady, 1)
                .collect(Collectors.toSet())
                .map(emptyKinds -> judge(outs, emptyKinds));
    }

    private Mono<Boolean> hasNothingReady(String kind) {
        return evidence.broker()
                .ready(Topology.work(kind).name())
                .map(ready -> ready == 0)
                .defaultIfEmpty(true);
    }

    private List<Finding> judge(List<Out> outs, Set<String> emptyKinds) {
        Set<UUID> living = evidence.processors().all().stream()
                .filter(KnownProcessor::lives)
                .map(KnownProcessor::id)
                .collect(Collectors.toSet());
        beats.keySet().retainAll(living);
        Set<Run> missing = new HashSet<>();
        List<Finding> found = outs.stream()
                .flatMap(out -> judge(out, living, emptyKinds, missing).stream())
                .toList();
        suspects.keySet().retainAll(missing);
        return found;
    }

    private Optional<Finding> judge(Out out, Set<UUID> living, Set<String> emptyKinds, Set<Run> missing) {
        UUID processor = out.processor();
        if (processor == null) {
            boolean nowhere =
                    mayBeLostInQueue(out) && emptyKinds.contains(out.kind()) && staysMissing(out, living, missing);
            return nowhere ? Optional.of(new Finding(out, Reason.LOST, "no_message")) : Optional.empty();
        }
        if (!living.contains(processor)) {
            return isSteady() ? Optional.of(new Finding(out, Reason.CRASHED, "silent_processor")) : Optional.empty();
        }
        return staysMissing(out, Set.of(processor), missing)
                ? Optional.of(new Finding(out, Reason.LOST, "not_held"))
                : Optional.empty();
    }

    /** Whether so many more heartbeats of each of these came since it was missing first, and none listed it. */
    private boolean staysMissing(Out out, Set<UUID> processors, Set<Run> missing) {
        Run run = new Run(out.id(), out.fence());
        if (!beats.keySet().containsAll(processors) || isHeld(run, processors)) {
            return false;
        }
        missing.add(run);
        Map<UUID, Long> since = suspects.computeIfAbsent(run, _ -> numbers(processors));
        return isSteady()
                && since.entrySet().stream()
                        .filter(first -> processors.contains(first.getKey()))
                        .allMatch(first -> number(first.getKey()) >= first.getValue() + MORE_HEARTBEATS);
    }

    private boolean isHeld(Run run, Set<UUID> processors) {
        return processors.stream().map(beats::get).anyMatch(beat -> beat != null && beat.held.contains(run));
    }

    private long number(UUID processor) {
        Beat beat = beats.get(processor);
        return beat == null ? 0 : beat.number;
    }

    private Map<UUID, Long> numbers(Set<UUID> processors) {
        Map<UUID, Long> numbers = new HashMap<>();
        processors.forEach(processor -> numbers.put(processor, number(processor)));
        return numbers;
    }

    private boolean mayBeLostInQueue(Out out) {
        return out.processor() == null
                && out.dispatchedAt()
                        .plus(QUEUED_AT_LEAST)
                        .isBefore(evidence.clock().instant());
    }

    private boolean isSteady() {
        return nanoTime.getAsLong() - steadySinceNanos > KnownProcessor.LEASE.toNanos();
    }

    private void unsteady() {
        steadySinceNanos = nanoTime.getAsLong();
        suspects.clear();
    }

    private Mono<Void> takeBack(List<Finding> findings) {
        if (findings.isEmpty()) {
            return Mono.empty();
        }
        Map<RequestId, Finding> byId = new HashMap<>();
        findings.forEach(finding -> byId.put(finding.out.id(), finding));
        Instant now = evidence.clock().instant();
        return evidence.journal()
                .change(byId.keySet(), snapshot -> events(snapshot, byId.get(snapshot.id()), now))
                .doOnNext(changes ->
                        changes.forEach(change -> note(byId.get(change.before().id()))))
                .then();
    }

    private static List<RequestEvent> events(RequestSnapshot snapshot, @Nullable Finding finding, Instant now) {
        return finding == null ? List.of() : TakeBack.events(snapshot, finding.out.fence(), finding.reason, now);
    }

    private void note(@Nullable Finding finding) {
        if (finding != null) {
            evidence.metrics().repaired(finding.evidence, 1);
            log.atWarn()
                    .addKeyValue("id", finding.out.id())
                    .addKeyValue("evidence", finding.evidence)
                    .log("request.taken_back");
        }
    }

    private Mono<Void> failed(Exception error) {
        unsteady();
        log.atWarn().addKeyValue("reason", error.toString()).log("evidence.not_checked");
        return Mono.empty();
    }
}
