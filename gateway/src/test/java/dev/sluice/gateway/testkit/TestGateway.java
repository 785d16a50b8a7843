package dev.sluice.gateway.testkit;

import dev.sluice.gateway.announce.AnnounceConfiguration;
import dev.sluice.gateway.announce.Announcements;
import dev.sluice.gateway.broker.BrokerConfiguration;
import dev.sluice.gateway.broker.Deployment;
import dev.sluice.gateway.cancel.CancelConfiguration;
import dev.sluice.gateway.dispatch.DispatchConfiguration;
import dev.sluice.gateway.dispatch.Dispatcher;
import dev.sluice.gateway.journal.JournalConfiguration;
import dev.sluice.gateway.journal.StatusJournal;
import dev.sluice.gateway.kind.KindConfiguration;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.presence.PresenceConfiguration;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.read.ReadConfiguration;
import dev.sluice.gateway.reconcile.ReconcileConfiguration;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.store.Backlog;
import dev.sluice.gateway.store.RequestReader;
import dev.sluice.gateway.store.RequestStore;
import dev.sluice.gateway.store.StoreConfiguration;
import dev.sluice.gateway.store.postgres.DatabasePools;
import dev.sluice.gateway.transition.TransitionConfiguration;
import dev.sluice.message.RequestId;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import reactor.core.publisher.Flux;

/**
 * The parts of one gateway behind its HTTP, put together by the same configurations as in production; a test starts
 * those it needs, and all of them are stopped with it.
 */
public final class TestGateway implements AutoCloseable {

    private final AnnotationConfigApplicationContext parts = new AnnotationConfigApplicationContext();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private boolean dead;

    TestGateway(Map<String, Object> settings, Broker broker, Deployment deployment) {
        parts.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test", settings));
        parts.registerBean("machineClock", Clock.class, Clock::systemUTC);
        parts.registerBean(MeterRegistry.class, () -> meters);
        parts.registerBean(
                Broker.class,
                () -> broker,
                definition -> ((AbstractBeanDefinition) definition).setDestroyMethodName(""));
        parts.registerBean(Deployment.class, () -> deployment);
        parts.getDefaultListableBeanFactory().setAllowBeanDefinitionOverriding(false);
        parts.register(
                StoreConfiguration.class,
                BrokerConfiguration.class,
                KindConfiguration.class,
                PresenceConfiguration.class,
                AnnounceConfiguration.class,
                TransitionConfiguration.class,
                DispatchConfiguration.class,
                JournalConfiguration.class,
                ReconcileConfiguration.class,
                ReadConfiguration.class,
                CancelConfiguration.class);
        parts.refresh();
    }

    /** Any of its parts. */
    public <T> T part(Class<T> type) {
        return parts.getBean(type);
    }

    public UUID id() {
        return part(GatewayIdentity.class).id();
    }

    public Kinds kinds() {
        return part(Kinds.class);
    }

    public Processors processors() {
        return part(Processors.class);
    }

    public Dispatcher dispatcher() {
        return part(Dispatcher.class);
    }

    public Backlog backlog() {
        return part(Backlog.class);
    }

    public StatusJournal statusJournal() {
        return part(StatusJournal.class);
    }

    /** Lives, hears others and dispatches. */
    public TestGateway dispatching() {
        GatewayTestkit.await(part(Presence.class)
                .start()
                .then(part(Announcements.class).start())
                .then(dispatcher().start()));
        return this;
    }

    /** Takes reports. */
    public TestGateway journaling() {
        GatewayTestkit.await(
                part(Announcements.class).start().then(statusJournal().start()));
        return this;
    }

    /** Makes requests durable and tells the dispatcher, as intake does. */
    public void submit(List<NewRequest> submitted) {
        insert(submitted);
        dispatcher().committed(submitted);
    }

    /** Makes requests durable, and dies before it tells anybody. */
    public void insert(List<NewRequest> submitted) {
        GatewayTestkit.await(part(RequestStore.class).insert(id(), submitted));
    }

    public RequestSnapshot snapshot(RequestId id) {
        return GatewayTestkit.value(part(RequestReader.class).find(GatewayTestkit.CLIENT, id))
                .snapshot();
    }

    public double counter(String name) {
        return meters.counter(name).count();
    }

    /** How full or busy a batcher is, by one of its gauges. */
    public double gauge(String name, String batcher) {
        return meters.get(name).tag("batcher", batcher).gauge().value();
    }

    /** Dies: from now on it reaches Postgres no more, and nobody is told. */
    public void die() {
        dead = true;
        part(DatabasePools.class).close().block(GatewayTestkit.SOON);
    }

    @Override
    public void close() {
        Flux.just(
                        dispatcher().stop(),
                        statusJournal().stop(),
                        part(Announcements.class).stop(),
                        part(Presence.class).stop(),
                        kinds().stop(),
                        part(DatabasePools.class).close())
                .concatMap(stop -> stop.onErrorComplete(_ -> dead), 1)
                .blockLast(GatewayTestkit.SOON);
        dead = true; // closing twice is no error
    }
}
