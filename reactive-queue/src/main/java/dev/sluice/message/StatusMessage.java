package dev.sluice.message;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A message on a status shard, from processors to the journal. Order within a shard is kept. */
public sealed interface StatusMessage {

    /** The processor that sends it; new at each start. */
    UUID processor();

    /** Reports of requests of one shard, in the order in which they happened. */
    record ReportBatch(UUID processor, List<Report> reports) implements StatusMessage {
        public ReportBatch {
            reports = List.copyOf(reports);
        }
    }

    /**
     * Says that the processor lives, and which runs it holds. One goes to every shard: the journal has all earlier
     * reports of the shard before it.
     *
     * @param number counts heartbeats from 1
     * @param intervalMs until the next one
     * @param tokens processing tokens in all
     * @param tokensInUse the taken ones of them
     * @param stopping whether it takes no new work
     * @param held requests of this shard that it received and has not ended, as far as their reports are not confirmed
     */
    record Heartbeat(
            UUID processor,
            String host,
            String version,
            Instant startedAt,
            Instant at,
            long number,
            int intervalMs,
            int tokens,
            int tokensInUse,
            boolean stopping,
            List<KindOffer> kinds,
            List<Held> held)
            implements StatusMessage {
        public Heartbeat {
            kinds = List.copyOf(kinds);
            held = List.copyOf(held);
        }
    }

    /**
     * A kind that the processor can run.
     *
     * @param tokens of its processing tokens, at most these for this kind
     * @param maxEnvelope requests it wants in one envelope at most
     */
    record KindOffer(String kind, int tokens, int maxEnvelope) {}

    /** One run that the processor holds. */
    record Held(RequestId id, Fence fence, boolean running) {}
}
