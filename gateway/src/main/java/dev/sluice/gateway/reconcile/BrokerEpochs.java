package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.queue.Broker;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The epoch of the broker that the gateways know: an id in Postgres, and a marker queue of that name at the broker. The
 * one class that owns {@code broker_epoch}.
 */
final class BrokerEpochs {

    private static final Logger log = LoggerFactory.getLogger(BrokerEpochs.class);

    private static final Duration DECLARE_TIMEOUT = Duration.ofSeconds(5);
    private static final String SELECT_SQL = "select epoch from broker_epoch";
    private static final String REPLACE_SQL = """
            insert into broker_epoch (epoch, since) values ($1, now())
            on conflict (only_row) do update set epoch = excluded.epoch, since = excluded.since
            where broker_epoch.epoch = $2""";

    /** Stands for the epoch before the first. */
    static final UUID NONE = new UUID(0, 0);

    private final Database database;
    private final Broker broker;

    BrokerEpochs(Database database, Broker broker) {
        this.database = database;
        this.broker = broker;
    }

    /** The epoch that Postgres names; {@link #NONE} before the first. */
    Mono<UUID> current() {
        return database.query(SELECT_SQL, _ -> {}, row -> Columns.uuid(row, 0))
                .map(rows -> rows.isEmpty() ? NONE : rows.getFirst());
    }

    /** Whether the broker still has the marker of this epoch. */
    Mono<Boolean> isKnownToBroker(UUID epoch) {
        return broker.exists(Topology.epoch(epoch).name());
    }

    /** Begins a new epoch after {@code old}, unless another gateway has begun one already. */
    Mono<Void> begin(UUID old) {
        // Random bits may be read from a file.
        return Mono.fromSupplier(UUID::randomUUID)
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(epoch -> mark(epoch, old));
    }

    /** Declares the marker first: one too many is harmless; a missing one would take all requests back again. */
    private Mono<Void> mark(UUID epoch, UUID old) {
        return broker.declare(Topology.epoch(epoch))
                .timeout(DECLARE_TIMEOUT)
                .then(database.update(
                        REPLACE_SQL, statement -> statement.bind("$1", epoch).bind("$2", old)))
                .doOnNext(_ -> log.atInfo().addKeyValue("epoch", epoch).log("broker.epoch"))
                .then();
    }
}
