package dev.sluice.processor;

import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.Topology;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Work with valid defaults; a test states only the values that matter to it. */
record TestWork(RequestId id, int dispatch, int cost, boolean alone, Duration timeout, Payload payload) {

    static final Instant ACCEPTED_AT = Instant.parse("2026-11-01T10:00:00Z");

    static TestWork work() {
        return new TestWork(newId(), 1, 1, false, Duration.ofMinutes(1), json("{}"));
    }

    static RequestId newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long millis = ACCEPTED_AT.toEpochMilli() + random.nextInt(1_000); // spread over the status shards
        long high = (millis << 16) | 0x7000 | random.nextInt(0x1000);
        return new RequestId(new UUID(high, (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L));
    }

    static Payload json(String text) {
        return new Payload(Payload.JSON, text.getBytes(StandardCharsets.UTF_8));
    }

    TestWork withCost(int other) {
        return new TestWork(id, dispatch, other, alone, timeout, payload);
    }

    TestWork withDispatch(int other) {
        return new TestWork(id, other, cost, alone, timeout, payload);
    }

    TestWork runAlone() {
        return new TestWork(id, dispatch, cost, true, timeout, payload);
    }

    TestWork withTimeout(Duration other) {
        return new TestWork(id, dispatch, cost, alone, other, payload);
    }

    TestWork with(Payload other) {
        return new TestWork(id, dispatch, cost, alone, timeout, other);
    }

    WorkItem item() {
        return new WorkItem(id, dispatch, 1, 5, cost, alone, timeout, ACCEPTED_AT, null, payload);
    }

    /** Publishes an envelope and returns once it is confirmed; the queue is declared first. */
    static void submit(Broker broker, String kind, TestWork... works) {
        WorkEnvelope envelope = new WorkEnvelope(
                kind, List.of(works).stream().map(TestWork::item).toList());
        submit(broker, kind, Wire.encode(envelope));
    }

    static void submit(Broker broker, String kind, byte[] body) {
        broker.declare(Topology.work(kind))
                .then(broker.publish(OutboundMessage.durable(Topology.WORK_EXCHANGE, kind, body)))
                .block(Duration.ofSeconds(10));
    }
}
