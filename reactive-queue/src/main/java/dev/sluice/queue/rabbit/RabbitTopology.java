package dev.sluice.queue.rabbit;

import com.rabbitmq.client.Channel;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.QueueSpec.ExchangeType;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.rabbitmq.BindingSpecification;
import reactor.rabbitmq.ExchangeSpecification;
import reactor.rabbitmq.QueueSpecification;
import reactor.rabbitmq.ResourceManagementOptions;
import reactor.rabbitmq.Sender;
import reactor.rabbitmq.SenderOptions;

/** {@link QueueSpec} in RabbitMQ's words. Declares on a channel that the caller owns: an error closes the channel. */
final class RabbitTopology {

    private final @Nullable Duration consumerTimeout;

    /** Only its calls on given channels are used; it never connects. */
    private final Sender sender = new Sender(new SenderOptions()
            .connectionMono(Mono.never())
            .resourceManagementScheduler(Schedulers.immediate())
            .connectionSubscriptionScheduler(Schedulers.immediate()));

    RabbitTopology(@Nullable Duration consumerTimeout) {
        this.consumerTimeout = consumerTimeout;
    }

    /** Declares the exchanges that publishers use, so that a message finds its exchange even on an empty broker. */
    Mono<Void> declareExchanges(Channel channel) {
        return Flux.fromIterable(List.of(
                        exchange(Topology.WORK_EXCHANGE, ExchangeType.DIRECT),
                        exchange(Topology.STATUS_EXCHANGE, ExchangeType.DIRECT),
                        exchange(Topology.ANNOUNCE_EXCHANGE, ExchangeType.FANOUT),
                        exchange(Topology.CONTROL_EXCHANGE, ExchangeType.FANOUT),
                        exchange(Topology.DEAD_EXCHANGE, ExchangeType.FANOUT)))
                .concatMap(exchange -> sender.declareExchange(exchange, on(channel)), 1)
                .then();
    }

    /** Declares a queue with its exchange and binding, and the queue of its dead letters. */
    Mono<Void> declare(Channel channel, QueueSpec queue) {
        Mono<Void> deadLetters = queue.sort().isDeadLettering() ? declareOne(channel, Topology.dead()) : Mono.empty();
        return deadLetters.then(declareOne(channel, queue));
    }

    Mono<Void> delete(Channel channel, String queue) {
        return sender.deleteQueue(QueueSpecification.queue(queue), false, false, on(channel))
                .then();
    }

    private Mono<Void> declareOne(Channel channel, QueueSpec queue) {
        Mono<Void> declared =
                sender.declareQueue(specification(queue), on(channel)).then();
        if (queue.exchange().isEmpty()) {
            return declared;
        }
        BindingSpecification binding = BindingSpecification.binding(queue.exchange(), queue.routingKey(), queue.name());
        return sender.declareExchange(exchange(queue.exchange(), queue.exchangeType()), on(channel))
                .then(declared)
                .then(sender.bindQueue(binding, on(channel)))
                .then(unbindFormer(channel, queue));
    }

    /** After the new binding, so that no message finds none. A queue that is not there is no error. */
    private Mono<Void> unbindFormer(Channel channel, QueueSpec queue) {
        return Flux.fromIterable(Topology.formerNames(queue))
                .map(name -> BindingSpecification.binding(queue.exchange(), queue.routingKey(), name))
                .concatMap(binding -> sender.unbindQueue(binding, on(channel)), 1)
                .then();
    }

    private QueueSpecification specification(QueueSpec queue) {
        boolean hints = queue.sort() == QueueSpec.Sort.HINTS;
        return QueueSpecification.queue(queue.name())
                .durable(!hints)
                .exclusive(hints)
                .autoDelete(hints)
                .arguments(arguments(queue.sort()));
    }

    Map<String, Object> arguments(QueueSpec.Sort sort) {
        Map<String, Object> arguments = new HashMap<>();
        switch (sort) {
            case WORK -> work(arguments, sort);
            case SINGLE_CONSUMER -> {
                work(arguments, sort);
                arguments.put("x-single-active-consumer", true);
            }
            case DEAD -> {
                bounded(arguments, sort, Topology.MAX_DEAD, Topology.MAX_DEAD_BYTES);
                arguments.put("x-overflow", "reject-publish");
                arguments.put("x-single-active-consumer", true);
            }
            case PARKED -> {
                bounded(arguments, sort, Topology.MAX_UNREADABLE, Topology.MAX_UNREADABLE_BYTES);
                arguments.put("x-overflow", "drop-head");
            }
            case FORMER_DEAD, MARKER -> arguments.put("x-queue-type", "quorum");
            case HINTS -> {
                arguments.put("x-queue-type", "classic");
                arguments.put("x-max-length", Topology.MAX_HINTS);
                arguments.put("x-overflow", "drop-head");
            }
        }
        return arguments;
    }

    private void work(Map<String, Object> arguments, QueueSpec.Sort sort) {
        arguments.put("x-queue-type", "quorum");
        arguments.put("x-delivery-limit", sort.deliveryLimit());
        arguments.put("x-dead-letter-exchange", Topology.DEAD_EXCHANGE);
        arguments.put("x-dead-letter-strategy", "at-least-once");
        // Dead-lettering at least once needs it: a full queue refuses rather than drops.
        arguments.put("x-overflow", "reject-publish");
        if (consumerTimeout != null) {
            arguments.put("x-consumer-timeout", consumerTimeout.toMillis());
        }
    }

    private static void bounded(Map<String, Object> arguments, QueueSpec.Sort sort, int messages, long bytes) {
        arguments.put("x-queue-type", "quorum");
        // RabbitMQ 4 has a limit by default, and would drop what comes back more often: nothing is behind these queues.
        arguments.put("x-delivery-limit", sort.deliveryLimit());
        arguments.put("x-max-length", messages);
        arguments.put("x-max-length-bytes", bytes);
    }

    private static ExchangeSpecification exchange(String name, ExchangeType type) {
        return ExchangeSpecification.exchange(name)
                .type(type.name().toLowerCase(Locale.ROOT))
                .durable(true);
    }

    private static ResourceManagementOptions on(Channel channel) {
        return new ResourceManagementOptions().channelMono(Mono.just(channel));
    }
}
