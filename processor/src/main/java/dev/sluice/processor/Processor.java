package dev.sluice.processor;

import dev.sluice.message.ControlMessage;
import dev.sluice.message.StatusMessage.KindOffer;
import dev.sluice.message.UnreadableMessageException;
import dev.sluice.message.Wire;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.queue.Broker;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * One running processor: receives the work of its kinds, runs it, and reports.
 *
 * <p>Thread-safe. It has a new id at each start, so that the runs of a former life are known to be lost. It uses the
 * broker it is given and leaves it open. The caller that starts it sees to {@link #stop}.
 */
public final class Processor {

    private static final Logger log = LoggerFactory.getLogger(Processor.class);

    private static final int CONTROL_PREFETCH = 100;

    /**
     * The greatest part of the drain that is kept for interrupted handlers and their reports: a grace of 2.5 s, then a
     * confirm.
     */
    private static final Duration MAX_RESERVE = Duration.ofMillis(3_200);

    private static final Duration LAST_HEARTBEAT_TIMEOUT = Duration.ofMillis(500);

    private final ProcessorIdentity identity;
    private final Broker broker;
    private final ProcessorSettings settings;
    private final Kinds kinds;
    private final RunContext context;
    private final Worker worker;
    private final Heartbeats heartbeats;
    private final Disposable.Composite receiving = Disposables.composite();
    private final Disposable.Composite listening = Disposables.composite();
    private final Mono<Void> stop = Mono.defer(this::drain).cache();
    private volatile boolean stopping;

    private Processor(Broker broker, ProcessorSettings settings, Kinds kinds, Clock clock, Scheduler scheduler) {
        this.broker = broker;
        this.settings = settings;
        this.kinds = kinds;
        identity = ProcessorIdentity.startedAt(clock.instant());
        Reporter reporter = new Reporter(broker, identity.id(), settings.reports(), scheduler, this::grantAndReport);
        Map<String, Integer> shares = kinds.all().stream().collect(Collectors.toMap(Kind::name, Kind::tokens));
        ProcessingTokens tokens =
                new ProcessingTokens(settings.tokens(), shares, () -> !stopping && reporter.hasRoom(), reporter::flush);
        context = new RunContext(reporter, tokens, new HeldRuns(), new CanceledRequests(), clock, scheduler);
        worker = new Worker(context);
        List<KindOffer> offers = kinds.all().stream()
                .map(kind -> new KindOffer(kind.name(), kind.tokens(), kind.maxEnvelope()))
                .toList();
        heartbeats = new Heartbeats(identity, settings.heartbeat(), offers, context);
    }

    /**
     * Starts a processor for the kinds of the settings and those of {@code handlers}.
     *
     * @param handlers Java code by kind
     * @param consumerTimeout how long the broker lets a message be unacked, {@code sluice.broker.consumer-timeout}
     * @throws IllegalArgumentException if the settings do not fit; the message names the key
     */
    public static Processor start(
            Broker broker,
            ProcessorSettings settings,
            Map<String, ? extends RequestHandler> handlers,
            Duration consumerTimeout,
            Clock clock) {
        Kinds kinds = Kinds.of(settings, handlers, consumerTimeout, clock);
        return start(broker, settings, kinds, clock, Schedulers.parallel());
    }

    static Processor start(Broker broker, ProcessorSettings settings, Kinds kinds, Clock clock, Scheduler scheduler) {
        Processor processor = new Processor(broker, settings, kinds, clock, scheduler);
        processor.begin();
        return processor;
    }

    /** The id in its heartbeats and reports. */
    public UUID id() {
        return identity.id();
    }

    /** Its gauges and counters. */
    public MeterBinder metrics() {
        return new ProcessorMetrics(context);
    }

    /**
     * Receives no more work, hands back runs that have not started, lets the others go on for the drain of the
     * settings, then interrupts them.
     *
     * <p>The first subscription stops, further ones wait for the same end. Cancelling gives up the wait only.
     *
     * @return completes once everything has ended and is reported, or shortly after the drain
     */
    public Mono<Void> stop() {
        return stop;
    }

    private void begin() {
        heartbeats.beat(); // first of all: reports of an unknown processor would be puzzling
        long interval = settings.heartbeat().toMillis();
        listening.add(context.scheduler().schedulePeriodically(this::tick, interval, interval, TimeUnit.MILLISECONDS));
        listening.add(broker.consume(Topology.control(identity.id()), CONTROL_PREFETCH)
                .subscribe(this::control));
        for (Kind kind : kinds.all()) {
            receiving.add(broker.consume(Topology.work(kind.name()), kind.prefetch())
                    .subscribe(message -> worker.receive(kind, message)));
        }
        log.atInfo()
                .addKeyValue("processor", identity.id())
                .addKeyValue("kinds", kinds.names())
                .addKeyValue("tokens", settings.tokens())
                .log("processor.started");
    }

    private void tick() {
        heartbeats.beat();
        worker.tick(settings.heartbeat(), kinds.handBackLimit());
    }

    private void grantAndReport() {
        context.grantAndReport();
    }

    private void control(ReceivedMessage message) {
        try {
            switch (Wire.decodeControl(message.body())) {
                case ControlMessage.Cancel cancel -> worker.cancel(cancel.ids());
                case ControlMessage.Forsake forsake -> worker.forsake(forsake.dispatches());
            }
        } catch (UnreadableMessageException unreadable) {
            log.atWarn().addKeyValue("reason", unreadable.getMessage()).log("control.unreadable");
        }
        message.ack();
    }

    private Mono<Void> drain() {
        log.atInfo()
                .addKeyValue("processor", identity.id())
                .addKeyValue("held", context.held().size())
                .log("processor.stopping");
        stopping = true;
        receiving.dispose();
        worker.stop();
        heartbeats.stopping();
        Duration reserve = reserve();
        return context.held()
                .whenEmpty()
                .timeout(settings.drain().minus(reserve), interrupted(reserve), context.scheduler())
                .then(Mono.defer(heartbeats::last))
                .timeout(settings.drain().plus(LAST_HEARTBEAT_TIMEOUT), Mono.empty(), context.scheduler())
                .then(Mono.fromRunnable(this::close));
    }

    private Mono<Void> interrupted(Duration reserve) {
        return Mono.defer(() -> {
            context.held().forEach(run -> run.tell(EndReason.STOPPING));
            return context.held().whenEmpty().timeout(reserve, Mono.empty(), context.scheduler());
        });
    }

    private Duration reserve() {
        Duration third = settings.drain().dividedBy(3);
        return third.compareTo(MAX_RESERVE) < 0 ? third : MAX_RESERVE;
    }

    private void close() {
        listening.dispose();
        context.reporter().close();
        kinds.close();
        log.atInfo()
                .addKeyValue("processor", identity.id())
                .addKeyValue("held", context.held().size())
                .log("processor.stopped");
    }
}
