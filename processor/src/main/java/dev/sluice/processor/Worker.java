package dev.sluice.processor;

import dev.sluice.message.ControlMessage.Dispatch;
import dev.sluice.message.RequestId;
import dev.sluice.message.UnreadableMessageException;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.ReceivedMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives work messages. Each request in them waits for processing tokens, is run and reports; the message is acked
 * after the last report of each of them is confirmed, or the start of a long one.
 *
 * <p>A redelivered message is not run, however many requests it carries: another processor had it before and may have
 * died of it. Each request is handed back under the new fence, also a canceled one, and the journal decides what that
 * means. If this processor had it and only lost its connection, its runs go on and count as the new delivery.
 * Thread-safe; bounded by the consumers' prefetch.
 */
final class Worker {

    private static final Logger log = LoggerFactory.getLogger(Worker.class);

    private final RunContext context;
    private final AtomicLong ticks = new AtomicLong();
    private volatile boolean stopping;

    Worker(RunContext context) {
        this.context = context;
    }

    void receive(Kind kind, ReceivedMessage message) {
        WorkEnvelope envelope;
        try {
            envelope = decoded(kind, message.body());
        } catch (UnreadableMessageException | IllegalArgumentException unreadable) {
            log.atWarn()
                    .addKeyValue("kind", kind.name())
                    .addKeyValue("bytes", message.body().length)
                    .addKeyValue("reason", unreadable.getMessage())
                    .log("work.unreadable");
            message.reject(); // to the dead letters, where a gateway finds it
            return;
        }
        ReceivedEnvelope received = new ReceivedEnvelope(message, envelope.items(), ticks.get());
        boolean redelivered = message.redeliveries() > 0;
        List<Run> runs = envelope.items().stream()
                .filter(item -> !redelivered || !isAdopted(item, received))
                .map(item -> new Run(item, kind, received, context))
                .toList();
        runs.forEach(context.held()::add); // before the first can end
        runs.forEach(redelivered ? Run::release : this::begin);
        if (redelivered) {
            log.atInfo()
                    .addKeyValue("kind", kind.name())
                    .addKeyValue("redeliveries", message.redeliveries())
                    .addKeyValue("adopted", envelope.items().size() - runs.size())
                    .addKeyValue("released", runs.size())
                    .log("work.redelivered");
        }
        if (stopping) {
            handBackWaiting();
        }
        context.grantAndReport();
    }

    /** Ends these requests, also those that are still to be received. */
    void cancel(List<RequestId> ids) {
        context.canceled().add(ids); // first: a run that is held later then knows that it is canceled
        context.held().forEach(ids, run -> run.tell(EndReason.CANCELED));
    }

    /** Ends runs of these dispatches, and of earlier ones: a gateway says that they are in vain. */
    void forsake(List<Dispatch> dispatches) {
        Map<RequestId, Integer> latest =
                dispatches.stream().collect(Collectors.toMap(Dispatch::id, Dispatch::dispatch, Math::max));
        context.held().forEach(latest.keySet(), run -> {
            if (run.dispatch() <= latest.getOrDefault(run.id(), 0)) {
                run.tell(EndReason.FORSAKEN);
            }
        });
    }

    /** Hands back runs that have not started, and work that may still be received. */
    void stop() {
        stopping = true;
        handBackWaiting();
    }

    /**
     * Time has passed: hands back waiting runs whose message could no longer be acked within {@code limit} of their
     * receipt, and those that long runs keep from starting here. Ends long runs that another processor may have, or
     * that a later dispatch of their request outran.
     *
     * @param length between two ticks
     */
    void tick(Duration length, Duration limit) {
        LongRunTokens taken = LongRunTokens.of(context.held());
        Tick tick = new Tick(
                ticks.incrementAndGet(), length, limit, context.tokens().total(), taken);
        context.held().forEach(run -> {
            EndReason reason = run.overdue(tick);
            if (reason != null) {
                run.tell(reason);
            }
        });
    }

    private void handBackWaiting() {
        context.held().forEach(run -> {
            if (run.waiting()) {
                run.tell(EndReason.STOPPING);
            }
        });
    }

    /** Whether a run that this processor holds goes on as this delivery. */
    private boolean isAdopted(WorkItem item, ReceivedEnvelope received) {
        Run run = context.held().find(item.id(), item.dispatch());
        return run != null && run.adopt(received);
    }

    private void begin(Run run) {
        if (context.canceled().contains(run.id())) {
            run.tell(EndReason.CANCELED); // such a run never waits for tokens
        } else if (run.tooBig()) {
            run.releaseTooBig();
        } else {
            context.tokens().add(run);
        }
    }

    private static WorkEnvelope decoded(Kind kind, byte[] body) {
        WorkEnvelope envelope = Wire.decodeWork(body);
        if (!envelope.kind().equals(kind.name())) {
            throw new IllegalArgumentException("it is of the kind " + envelope.kind());
        }
        for (WorkItem item : envelope.items()) {
            if (item.cost() < 1 || item.dispatch() < 1 || !item.timeout().isPositive()) {
                throw new IllegalArgumentException(item.id() + " has a cost, dispatch or timeout below 1");
            }
        }
        return envelope;
    }
}
