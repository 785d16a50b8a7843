package dev.sluice.queue;

import java.util.List;
import java.util.UUID;

/**
 * All names and arguments of exchanges and queues, in one place.
 *
 * <pre>
 * sluice.work     direct   sluice.work.v1.KIND        envelopes: persistent, mandatory, confirmed
 * sluice.status   direct   sluice.status.v2.SHARD     reports and heartbeats, one consumer a shard, in order
 * sluice.announce fanout   sluice.announce.GATEWAY    changes: a hint to every gateway
 * sluice.control  fanout   sluice.control.PROCESSOR   cancels: a hint to every processor
 * sluice.dead     fanout   sluice.dead.v2             messages that no consumer could read or survive
 * (default)                sluice.unreadable.v1       dead letters that no gateway can read either
 * (default)                sluice.epoch.UUID          is this still the broker we knew?
 * </pre>
 */
public final class Topology {

    public static final String WORK_EXCHANGE = "sluice.work";
    public static final String STATUS_EXCHANGE = "sluice.status";
    public static final String ANNOUNCE_EXCHANGE = "sluice.announce";
    public static final String CONTROL_EXCHANGE = "sluice.control";
    public static final String DEAD_EXCHANGE = "sluice.dead";

    /**
     * How many queues reports are spread over, by {@link #shardOf}. Part of the contract of gateways and processors: a
     * change of either needs all of them to be stopped and updated together.
     */
    public static final int STATUS_SHARDS = 4;

    /** Deliveries of one message after which the broker gives it up; a guard only, see ARCHITECTURE.md. */
    public static final int DELIVERY_LIMIT = 50;

    /**
     * Stands for "no limit". RabbitMQ 4 takes 20 by default and has -1 for none; RabbitMQ 3 accepts -1 too, and then
     * gives each message up at its first return (seen on 3.10.8). A redelivery each millisecond reaches this limit
     * after 24 days.
     */
    public static final int NO_DELIVERY_LIMIT = Integer.MAX_VALUE;

    /** Messages in a queue of hints; at the bound the oldest are dropped. */
    public static final int MAX_HINTS = 10_000;

    /** Dead letters that wait for their reader; at the bound, queues keep the messages that they give up. */
    public static final int MAX_DEAD = 10_000;

    public static final long MAX_DEAD_BYTES = 256L << 20;

    /** Unreadable messages that are kept for people; at the bound the oldest goes. */
    public static final int MAX_UNREADABLE = 1_000;

    public static final long MAX_UNREADABLE_BYTES = 64L << 20;

    private static final String DEAD_QUEUE = "sluice.dead.v2";
    private static final String FORMER_DEAD_QUEUE = "sluice.dead.v1";
    private static final String STATUS_PREFIX = "sluice.status.v2.";
    private static final String FORMER_STATUS_PREFIX = "sluice.status.v1.";

    /** The queue of a kind's envelopes; its routing key is the kind. */
    public static QueueSpec work(String kind) {
        return new QueueSpec(
                WORK_EXCHANGE, QueueSpec.ExchangeType.DIRECT, "sluice.work.v1." + kind, kind, QueueSpec.Sort.WORK);
    }

    /**
     * The queue of a shard's reports; its routing key is the shard's number. It has no delivery limit: a report is
     * never given up, however often the gateway's connection is lost before the report is journaled.
     */
    public static QueueSpec status(int shard) {
        return new QueueSpec(
                STATUS_EXCHANGE,
                QueueSpec.ExchangeType.DIRECT,
                STATUS_PREFIX + shard,
                Integer.toString(shard),
                QueueSpec.Sort.SINGLE_CONSUMER);
    }

    /**
     * The queues that had the binding of this one in earlier versions. The program that declares the new queue unbinds
     * them: they would take a copy of each message for ever.
     */
    public static List<String> formerNames(QueueSpec queue) {
        if (queue.name().equals(DEAD_QUEUE)) {
            return List.of(FORMER_DEAD_QUEUE);
        }
        return queue.name().startsWith(STATUS_PREFIX)
                ? List.of(FORMER_STATUS_PREFIX + queue.name().substring(STATUS_PREFIX.length()))
                : List.of();
    }

    /** The queue in which a gateway hears the changes of other gateways. */
    public static QueueSpec announcements(UUID gateway) {
        return hints(ANNOUNCE_EXCHANGE, "sluice.announce." + gateway);
    }

    /** The queue in which a processor hears which requests it should stop. */
    public static QueueSpec control(UUID processor) {
        return hints(CONTROL_EXCHANGE, "sluice.control." + processor);
    }

    /** Where dead letters wait for a gateway that reads them. */
    public static QueueSpec dead() {
        return new QueueSpec(DEAD_EXCHANGE, QueueSpec.ExchangeType.FANOUT, DEAD_QUEUE, "", QueueSpec.Sort.DEAD);
    }

    /** Where an earlier version left dead letters; no message goes there any more. */
    public static QueueSpec formerDead() {
        return new QueueSpec("", QueueSpec.ExchangeType.DIRECT, FORMER_DEAD_QUEUE, "", QueueSpec.Sort.FORMER_DEAD);
    }

    /** Where messages that no gateway can read are kept for people, byte for byte. */
    public static QueueSpec unreadable() {
        return new QueueSpec("", QueueSpec.ExchangeType.DIRECT, "sluice.unreadable.v1", "", QueueSpec.Sort.PARKED);
    }

    /** The marker that a broker is the one we knew: a missing marker means that the broker came back empty. */
    public static QueueSpec epoch(UUID epoch) {
        return new QueueSpec("", QueueSpec.ExchangeType.DIRECT, "sluice.epoch." + epoch, "", QueueSpec.Sort.MARKER);
    }

    /**
     * The shard of a request's reports, 0 to {@link #STATUS_SHARDS} - 1. Requests of the same 32 ms share one, by the
     * time in their ids (UUIDv7): they are stored, sent and mostly run together, so their reports share messages.
     */
    public static int shardOf(UUID request) {
        return (int) (request.getMostSignificantBits() >>> 21) & STATUS_SHARDS - 1;
    }

    private static QueueSpec hints(String exchange, String name) {
        return new QueueSpec(exchange, QueueSpec.ExchangeType.FANOUT, name, "", QueueSpec.Sort.HINTS);
    }

    private Topology() {}
}
