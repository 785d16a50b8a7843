package dev.sluice.queue;

import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** A consumer that remembers its messages and treats each one as it was told. */
public final class Collector extends BaseSubscriber<ReceivedMessage> {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<ReceivedMessage> messages = new CopyOnWriteArrayList<>();
    private final long demand;
    private final Consumer<ReceivedMessage> action;

    private Collector(long demand, Consumer<ReceivedMessage> action) {
        this.demand = demand;
        this.action = action;
    }

    /** Acks all. */
    public static Collector acking(Flux<ReceivedMessage> source) {
        return with(source, Long.MAX_VALUE, ReceivedMessage::ack);
    }

    /** Settles nothing. */
    public static Collector holding(Flux<ReceivedMessage> source) {
        return with(source, Long.MAX_VALUE, _ -> {});
    }

    /** Requests {@code demand} messages at first and does {@code action} with each. */
    public static Collector with(Flux<ReceivedMessage> source, long demand, Consumer<ReceivedMessage> action) {
        return source.subscribeWith(new Collector(demand, action));
    }

    /** All messages so far. */
    public List<ReceivedMessage> messages() {
        return messages;
    }

    /** Their bodies as texts. */
    public List<String> texts() {
        return messages.stream()
                .map(message -> new String(message.body(), StandardCharsets.UTF_8))
                .toList();
    }

    /** Waits until at least so many messages are here, and returns them. */
    public List<ReceivedMessage> awaitCount(int count) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> messages.size() >= count);
        return messages;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        if (demand > 0) {
            subscription.request(demand);
        }
    }

    @Override
    protected void hookOnNext(ReceivedMessage message) {
        messages.add(message);
        action.accept(message);
    }
}
