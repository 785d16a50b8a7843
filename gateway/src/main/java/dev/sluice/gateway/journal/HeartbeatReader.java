package dev.sluice.gateway.journal;

import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.presence.JournalProgress;
import dev.sluice.gateway.presence.LatestHeartbeats;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.KindOffer;
import dev.sluice.queue.ReceivedMessage;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/** Records heartbeats: that a processor lives, the runs that it holds, and the kinds that it offers. */
final class HeartbeatReader {

    private final LatestHeartbeats latest;
    private final Processors processors;
    private final Kinds kinds;
    private final JournalProgress progress;

    HeartbeatReader(LatestHeartbeats latest, Processors processors, Kinds kinds, JournalProgress progress) {
        this.latest = latest;
        this.processors = processors;
        this.kinds = kinds;
        this.progress = progress;
    }

    /** A message of a shard arrived; a heartbeat may be in it or behind it. */
    void received(int shard, ReceivedMessage message) {
        if (progress.received(shard, message)) {
            latest.forget(shard);
        }
    }

    /** Another gateway receives the shard from now on. */
    void handedOn(int shard) {
        progress.handedOn(shard);
    }

    /** A message that arrived is written, with the heartbeats in it. */
    void written(int shard) {
        progress.written(shard);
    }

    /**
     * Records a heartbeat, after everything that its processor reported before.
     *
     * @return empty after the commit; {@link StoreUnavailableException} if Postgres did not answer
     */
    Mono<Void> heard(int shard, Heartbeat heartbeat) {
        latest.heard(shard, heartbeat);
        Set<String> offered = heartbeat.kinds().stream().map(KindOffer::kind).collect(Collectors.toSet());
        return processors.heard(heartbeat).then(kinds.offer(offered));
    }
}
