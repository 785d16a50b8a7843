package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.broker.Deployment;
import dev.sluice.gateway.cancel.StopHints;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.JournalProgress;
import dev.sluice.gateway.presence.LatestHeartbeats;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.store.Days;
import dev.sluice.gateway.store.KindEraser;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.DatabasePools;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** The parts that find losses by evidence, and repair them. */
@Configuration(proxyBeanMethods = false)
public class ReconcileConfiguration {

    @Bean
    EpochSweep epochSweep(
            DatabasePools pools,
            RequestEvidence evidence,
            Transitions transitions,
            Broker broker,
            Clock clock,
            Deployment deployment) {
        BrokerEpochs epochs = new BrokerEpochs(pools.of(ConnectionUse.SWEEPS), broker);
        return new EpochSweep(epochs, evidence, transitions.on(ConnectionUse.SWEEPS), broker, clock, deployment);
    }

    @Bean
    DeadGatewaySweep deadGatewaySweep(
            GatewayIdentity identity, Presence presence, RequestEvidence evidence, Transitions transitions) {
        return new DeadGatewaySweep(
                identity, presence, presence::isSteady, evidence, transitions.on(ConnectionUse.SWEEPS));
    }

    @Bean
    ProcessorSilence processorSilence(Processors processors, JournalProgress progress, Broker broker) {
        return new ProcessorSilence(processors, new StatusQueueReading(progress, broker, System::nanoTime));
    }

    @Bean
    HeartbeatSweep heartbeatSweep(
            LatestHeartbeats heartbeats,
            ProcessorSilence silence,
            StopHints hints,
            RequestEvidence evidence,
            Broker broker,
            Transitions transitions,
            Clock clock,
            MeterRegistry meters) {
        LostRuns lostRuns = new LostRuns(heartbeats, silence, clock, System::nanoTime);
        VainRuns vainRuns = new VainRuns(heartbeats);
        return new HeartbeatSweep(
                lostRuns, vainRuns, hints, evidence, broker, transitions.on(ConnectionUse.SWEEPS), meters);
    }

    @Bean
    CancelSweep cancelSweep(RequestEvidence evidence, StopHints hints) {
        return new CancelSweep(evidence, hints);
    }

    @Bean
    DaySweep daySweep(Days days, KindEraser eraser, Kinds kinds, Processors processors) {
        return new DaySweep(days, eraser, kinds, processors);
    }

    @Bean
    Sweeps sweeps(
            EpochSweep epoch,
            DeadGatewaySweep deadGateways,
            HeartbeatSweep heartbeats,
            CancelSweep cancels,
            DaySweep days,
            MeterRegistry meters) {
        return new Sweeps(List.of(epoch, deadGateways, heartbeats, cancels, days), Schedulers.parallel(), meters);
    }

    @Bean
    DeadLetterReader deadLetterReader(Broker broker, Transitions transitions, MeterRegistry meters) {
        DeadLetterMetrics metrics = new DeadLetterMetrics(meters);
        return new DeadLetterReader(broker, new DeadLetters(broker, transitions.on(ConnectionUse.SWEEPS), metrics));
    }

    @Bean
    LifecyclePart sweepsPart(Sweeps sweeps) {
        return new LifecyclePart("sweeps", sweeps::start, sweeps::stop);
    }

    @Bean
    LifecyclePart deadLettersPart(DeadLetterReader reader) {
        return new LifecyclePart("dead-letters", reader::start, reader::stop);
    }
}
