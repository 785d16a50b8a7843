package dev.sluice.gateway.broker;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.BrokerStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToLongFunction;

/**
 * Counts the messages between this gateway and the broker. Law: {@code published = confirmed + failed + in flight} at
 * any quiet moment, and then {@code waiting} and {@code unsettled} are 0. Alert when {@code sluice.broker.connected} is
 * 0 for a minute, or {@code waiting} stays above 0.
 */
final class BrokerMetrics implements MeterBinder {

    private final Broker broker;

    BrokerMetrics(Broker broker) {
        this.broker = broker;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("sluice.broker.connected", broker, each -> each.state() == BrokerState.DISCONNECTED ? 0 : 1)
                .register(registry);
        Gauge.builder("sluice.broker.blocked", broker, each -> each.state() == BrokerState.BLOCKED ? 1 : 0)
                .register(registry);
        gauge(registry, "in.flight", BrokerStats::inFlight);
        gauge(registry, "waiting", BrokerStats::waiting);
        gauge(registry, "held.bytes", BrokerStats::heldBytes);
        gauge(registry, "queued", BrokerStats::queued);
        gauge(registry, "queued.bytes", BrokerStats::queuedBytes);
        gauge(registry, "unsettled", BrokerStats::unsettled);
        gauge(registry, "unsettled.bytes", BrokerStats::unsettledBytes);
        counter(registry, "published", BrokerStats::published);
        counter(registry, "confirmed", BrokerStats::confirmed);
        counter(registry, "failed", BrokerStats::failed);
        counter(registry, "received", BrokerStats::received);
        counter(registry, "redelivered", BrokerStats::redelivered);
        counter(registry, "settled", BrokerStats::settled);
        counter(registry, "reconnects", BrokerStats::reconnects);
    }

    private void gauge(MeterRegistry registry, String name, ToLongFunction<BrokerStats> value) {
        Gauge.builder("sluice.broker." + name, broker, each -> value.applyAsLong(each.stats()))
                .register(registry);
    }

    private void counter(MeterRegistry registry, String name, ToLongFunction<BrokerStats> value) {
        FunctionCounter.builder("sluice.broker." + name, broker, each -> value.applyAsLong(each.stats()))
                .register(registry);
    }
}
