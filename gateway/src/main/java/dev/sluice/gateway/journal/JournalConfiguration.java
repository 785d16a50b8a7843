package dev.sluice.gateway.journal;

import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.presence.JournalProgress;
import dev.sluice.gateway.presence.LatestHeartbeats;
import dev.sluice.gateway.presence.LivingGateways;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** From reports to events. */
@Configuration(proxyBeanMethods = false)
public class JournalConfiguration {

    @Bean
    RecentBrokerLoss recentBrokerLoss(Broker broker) {
        return new RecentBrokerLoss(broker);
    }

    @Bean
    JournalMetrics journalMetrics(MeterRegistry meters) {
        return new JournalMetrics(meters);
    }

    @Bean
    Policies policies(Kinds kinds, Processors processors, RecentBrokerLoss brokerLoss, Clock clock) {
        return new Policies(kinds, processors, brokerLoss, clock);
    }

    @Bean
    Journal journal(Transitions transitions, Policies policies, JournalMetrics metrics) {
        return new Journal(transitions, policies, metrics);
    }

    @Bean
    HeartbeatReader heartbeatReader(
            LatestHeartbeats latest, Processors processors, Kinds kinds, JournalProgress progress) {
        return new HeartbeatReader(latest, processors, kinds, progress);
    }

    @Bean
    StatusJournal statusJournal(
            Broker broker,
            Journal journal,
            HeartbeatReader heartbeats,
            LivingGateways gateways,
            JournalMetrics metrics,
            MeterRegistry meters) {
        return new StatusJournal(broker, journal, heartbeats, gateways, metrics, meters);
    }

    @Bean
    LifecyclePart brokerLossPart(RecentBrokerLoss brokerLoss) {
        return LifecyclePart.of("broker-loss", brokerLoss::start, brokerLoss::stop);
    }

    @Bean
    LifecyclePart journalPart(StatusJournal journal) {
        return new LifecyclePart("journal", journal::start, journal::stop);
    }
}
