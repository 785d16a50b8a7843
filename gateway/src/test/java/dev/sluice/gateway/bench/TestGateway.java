package dev.sluice.gateway.bench;

import dev.sluice.gateway.control.Announcements;
import dev.sluice.gateway.control.Cancels;
import dev.sluice.gateway.control.GatewayIdentity;
import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.control.Presence;
import dev.sluice.gateway.control.Processors;
import dev.sluice.gateway.dispatch.DispatchControl;
import dev.sluice.gateway.dispatch.DispatchStore;
import dev.sluice.gateway.dispatch.Dispatcher;
import dev.sluice.gateway.journal.BrokerShock;
import dev.sluice.gateway.journal.HeartbeatEvidence;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalMetrics;
import dev.sluice.gateway.journal.StatusJournal;
import dev.sluice.gateway.reconcile.SweepContext;
import dev.sluice.gateway.request.Backlog;
import dev.sluice.gateway.request.ConservationMetrics;
import dev.sluice.gateway.request.Database;
import dev.sluice.gateway.request.Days;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvidence;
import dev.sluice.gateway.request.RequestReader;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestStore;
import dev.sluice.message.RequestId;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The parts of one gateway behind its HTTP; a test starts those it needs, and all of them are stopped with it. */
public final class TestGateway implements AutoCloseable {

    private final GatewayIdentity identity = new GatewayIdentity(UUID.randomUUID(), "test");
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Clock clock = Clock.systemUTC();
    private final Database database;
    private final Broker broker;
    private final RequestStore requests;
    private final Backlog backlog;
    private final RequestEvidence evidence;
    private final RequestReader reader;
    private final Days days;
    private final Kinds kinds;
    private final Processors processors;
    private final Presence presence;
    private final Announcements announcements;
    private final Dispatcher dispatcher;
    private final Journal journal;
    private final HeartbeatEvidence heartbeats;
    private final StatusJournal statusJournal;
    private boolean dead;

    TestGateway(Database database, Broker broker) {
        this.database = database;
        this.broker = broker;
        ConservationMetrics conservation = new ConservationMetrics(meters);
        requests = new RequestStore(database, clock, conservation);
        backlog = new Backlog(database, clock);
        evidence = new RequestEvidence(database);
        days = new Days(database, clock);
        reader = new RequestReader(database, days, meters);
        kinds = new Kinds(database, TestKinds.kind(64));
        processors = new Processors(database);
        presence = new Presence(identity, database, kinds, processors, Schedulers.parallel());
        announcements = new Announcements(identity, broker);
        dispatcher = new Dispatcher(
                new DispatchControl(identity, kinds, processors, announcements),
                new DispatchStore(database, requests, backlog, evidence, conservation),
                broker,
                clock,
                Schedulers.parallel(),
                Duration.ofMinutes(30));
        JournalMetrics metrics = new JournalMetrics(meters);
        journal = new Journal(requests, kinds, announcements, clock, new BrokerShock(broker), metrics);
        heartbeats = new HeartbeatEvidence(kinds, processors, evidence, broker, journal, metrics, clock);
        statusJournal = new StatusJournal(broker, journal, heartbeats, Schedulers.parallel(), metrics, meters);
    }

    public UUID id() {
        return identity.id();
    }

    public Kinds kinds() {
        return kinds;
    }

    public Processors processors() {
        return processors;
    }

    public Dispatcher dispatcher() {
        return dispatcher;
    }

    public Backlog backlog() {
        return backlog;
    }

    public HeartbeatEvidence heartbeats() {
        return heartbeats;
    }

    public StatusJournal statusJournal() {
        return statusJournal;
    }

    public SweepContext sweeping() {
        return new SweepContext(
                identity, database, evidence, days, journal, presence, processors, new Cancels(broker), broker, clock);
    }

    /** Lives, hears others and dispatches. */
    public TestGateway dispatching() {
        GatewayBench.await(presence.start().then(announcements.start()).then(dispatcher.start()));
        return this;
    }

    /** Takes reports. */
    public TestGateway journaling() {
        GatewayBench.await(announcements.start().then(statusJournal.start()));
        return this;
    }

    /** Makes requests durable and tells the dispatcher, as intake does. */
    public void submit(List<NewRequest> submitted) {
        GatewayBench.await(requests.insert(identity.id(), submitted));
        dispatcher.committed(submitted);
    }

    /** Makes requests durable, and dies before it tells anybody. */
    public void insert(List<NewRequest> submitted) {
        GatewayBench.await(requests.insert(identity.id(), submitted));
    }

    public RequestSnapshot snapshot(RequestId id) {
        return GatewayBench.value(reader.find("local", id)).snapshot();
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
        database.close().block(GatewayBench.SOON);
    }

    @Override
    public void close() {
        Flux.just(dispatcher.stop(), statusJournal.stop(), announcements.stop(), presence.stop(), database.close())
                .concatMap(stop -> stop.onErrorComplete(_ -> dead), 1)
                .blockLast(GatewayBench.SOON);
        dead = true; // closing twice is no error
    }
}
