package dev.sluice.gateway;

import dev.sluice.gateway.control.Announcements;
import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.control.Processors;
import dev.sluice.gateway.journal.BrokerShock;
import dev.sluice.gateway.journal.HeartbeatEvidence;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalMetrics;
import dev.sluice.gateway.journal.StatusJournal;
import dev.sluice.gateway.request.RequestEvidence;
import dev.sluice.gateway.request.RequestStore;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What makes events durable. */
@Configuration(proxyBeanMethods = false)
class JournalConfiguration {

    @Bean
    BrokerShock brokerShock(Broker broker) {
        return new BrokerShock(broker);
    }

    @Bean
    JournalMetrics journalMetrics(MeterRegistry meters) {
        return new JournalMetrics(meters);
    }

    @Bean
    Journal journal(
            RequestStore store,
            Kinds kinds,
            Announcements announcements,
            Clock clock,
            BrokerShock shock,
            JournalMetrics metrics) {
        return new Journal(store, kinds, announcements, clock, shock, metrics);
    }

    @Bean
    HeartbeatEvidence heartbeatEvidence(
            Kinds kinds,
            Processors processors,
            RequestEvidence requests,
            Broker broker,
            Journal journal,
            JournalMetrics metrics,
            Clock clock) {
        return new HeartbeatEvidence(kinds, processors, requests, broker, journal, metrics, clock);
    }

    @Bean
    StatusJournal statusJournal(
            Broker broker, Journal journal, HeartbeatEvidence evidence, JournalMetrics metrics, MeterRegistry meters) {
        return new StatusJournal(broker, journal, evidence, Schedulers.parallel(), metrics, meters);
    }

    @Bean
    @Order(40)
    Flow.Part shockPart(BrokerShock shock) {
        return new Flow.Part(
                "broker shock", () -> Mono.fromRunnable(shock::start), () -> Mono.fromRunnable(shock::stop));
    }

    @Bean
    @Order(50)
    Flow.Part journalPart(StatusJournal journal) {
        return new Flow.Part("journal", journal::start, journal::stop);
    }
}
