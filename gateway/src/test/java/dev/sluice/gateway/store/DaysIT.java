package dev.sluice.gateway.store;

import static dev.sluice.gateway.store.TestStore.SOON;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class DaysIT {

    private static final Duration WEEK = Duration.ofDays(7);
    private static final LocalDate TODAY = LocalDate.ofInstant(TestRequests.NOW, ZoneOffset.UTC);
    private static final LocalDate OLD = TODAY.minusDays(20);
    private static final Fence FIRST_RUN = new Fence(1, 0);

    private final TestStore it = TestStore.open();

    @AfterEach
    void close() {
        it.close();
    }

    @Test
    void createsTheDaysAheadOnceForSeveralGateways() throws SQLException {
        IntStream.rangeClosed(3, 7).mapToObj(TODAY::plusDays).forEach(this::forget);

        Flux.range(0, 3)
                .flatMap(_ -> new Days(it.database, it.database, Clock.systemUTC()).create(), 3)
                .blockLast(SOON);

        assertThat(it.query("select count(*) from request_day")).containsExactly("9");
        assertThat(it.query("select max(day) from request_day"))
                .containsExactly(TODAY.plusDays(7).toString());
    }

    @Test
    void knowsHowManyDaysAreAhead() throws SQLException {
        it.days.create().block(SOON);
        assertThat(it.days.ahead()).isEqualTo(7);

        it.execute("select sluice_drop_day('%s')".formatted(TODAY.plusDays(3)));
        it.days.create().block(SOON);

        assertThat(it.days.ahead()).isEqualTo(2);
    }

    @Test
    void dropsDaysThatAreOldAndDone() throws SQLException {
        NewRequest request = requestOf(OLD, true);
        it.insert(request);
        it.change(request.id(), new RequestEvent.Succeeded(TestRequests.NOW, FIRST_RUN, 1, Payload.EMPTY));

        assertThat(dropped()).isZero();

        assertThat(it.reader.find(TestRequests.CLIENT, request.id()).block(SOON))
                .isNull();
        assertThat(it.reader.isGone(request.id())).isTrue();
        assertThat(tablesOf(OLD)).isEmpty();
    }

    @Test
    void keepsADayWithARequestThatWaits() {
        NewRequest request = requestOf(OLD, false);
        it.insert(request);

        assertThat(dropped()).isEqualTo(1);

        assertThat(it.snapshot(request.id()).state()).isEqualTo(RequestState.ACCEPTED);
    }

    @Test
    void keepsADayWithARequestThatIsOut() {
        NewRequest request = requestOf(OLD, true);
        it.insert(request);

        assertThat(dropped()).isEqualTo(1);

        assertThat(it.snapshot(request.id()).state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void keepsWhatIsNotOldEnough() throws SQLException {
        create(TODAY.minusDays(8));
        create(TODAY.minusDays(7));

        assertThat(dropped()).isZero();

        assertThat(it.query("select day from request_day where dropped_at is not null"))
                .containsExactly(TODAY.minusDays(8).toString());
    }

    /** Requests were kept for too short a time where the gateway's clock was ahead. */
    @Test
    void asksPostgresWhatDayItIs() throws SQLException {
        Days ahead = new Days(it.database, it.database, Clock.offset(Clock.systemUTC(), Duration.ofDays(30)));
        ahead.create().block(SOON);

        await(ahead.drop(WEEK));

        assertThat(it.query("select day from request_day where dropped_at is not null"))
                .isEmpty();
        assertThat(it.query("select max(day) from request_day"))
                .containsExactly(TODAY.plusDays(7).toString());
    }

    /** Writers take the tables in orders of their own: a drop that held one and wanted another would meet them. */
    @Test
    void dropsDaysWhileOthersWrite() throws SQLException {
        List<LocalDate> days = IntStream.range(0, 6).mapToObj(OLD::minusDays).toList();
        days.forEach(this::create);
        AtomicBoolean over = new AtomicBoolean();

        int kept = await(Flux.merge(writer(over), writer(over), writer(over), drops().doFinally(_ -> over.set(true)))
                .last());

        assertThat(kept).isZero();
        assertThat(it.query("select count(*) from request_day where dropped_at is not null"))
                .containsExactly("6");
        assertThat(days).allSatisfy(day -> assertThat(tablesOf(day)).isEmpty());
        assertThat(it.reader.isGone(requestOf(days.getLast()))).isTrue();
        assertThat(it.query("select deadlocks from pg_stat_database where datname = current_database()"))
                .containsExactly("0");
    }

    /** Somebody reads in one long transaction: nobody waits for the drop, and the next one ends it. */
    @Test
    void endsADropThatWasGivenUp() throws SQLException {
        create(OLD);
        try (Connection reader = it.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("select count(*) from request");

            assertThat(dropped()).isEqualTo(1);

            assertThat(it.reader.isGone(requestOf(OLD))).isTrue();
            it.insert(TestRequests.waiting());
        }
        assertThat(dropped()).isZero();
        assertThat(tablesOf(OLD)).isEmpty();
    }

    @Test
    void endsADropThatDiedHalfway() throws SQLException {
        create(OLD);
        String part = "request_payload_" + suffix(OLD);
        it.execute("update request_day set dropped_at = now() where day = '%s'".formatted(OLD));
        it.execute("drop table request_%s".formatted(suffix(OLD)));
        it.execute("alter table request_payload detach partition " + part);

        assertThat(dropped()).isZero();

        assertThat(tablesOf(OLD)).isEmpty();
    }

    @Test
    void tellsGoneFromNeverIssued() {
        it.days.create().block(SOON);

        assertThat(it.days.isGone(TestRequests.id())).isFalse();
        assertThat(it.days.isGone(requestOf(TODAY.minusDays(100)))).isFalse();
    }

    private int dropped() {
        it.days.create().block(SOON);
        return await(it.days.drop(WEEK));
    }

    /** Again until none is kept back: writers may make it wait too long. */
    private Mono<Integer> drops() {
        return it.days
                .create()
                .then(Mono.defer(() -> it.days.drop(WEEK)))
                .repeat(20)
                .takeUntil(kept -> kept == 0)
                .last();
    }

    private Flux<Integer> writer(AtomicBoolean over) {
        return Mono.defer(this::written).repeat(() -> !over.get()).thenMany(Flux.empty());
    }

    private Mono<Integer> written() {
        List<NewRequest> requests =
                IntStream.range(0, 8).mapToObj(_ -> TestRequests.queued()).toList();
        return it.store
                .insert(TestRequests.GATEWAY, requests)
                .flatMap(ids -> it.store.change(ids, DaysIT::ended))
                .map(List::size);
    }

    private static List<RequestEvent> ended(RequestSnapshot snapshot) {
        return List.of(new RequestEvent.Succeeded(TestRequests.NOW, snapshot.fence(), 1, Payload.EMPTY));
    }

    private NewRequest requestOf(LocalDate day, boolean queued) {
        create(day);
        return TestRequests.request(requestOf(day), TestRequests.KIND, Payload.EMPTY, queued);
    }

    private static RequestId requestOf(LocalDate day) {
        Instant noon = day.atTime(12, 0).toInstant(ZoneOffset.UTC);
        return new RequestId(new UUID((noon.toEpochMilli() << 16) | 0x7000, 1L << 63));
    }

    private void create(LocalDate day) {
        execute("select sluice_create_day('%s')".formatted(day));
    }

    /** As if it had never been. */
    private void forget(LocalDate day) {
        execute("select sluice_drop_day('%s')".formatted(day));
        execute("delete from request_day where day = '%s'".formatted(day));
    }

    private void execute(String sql) {
        try {
            it.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private List<String> tablesOf(LocalDate day) throws SQLException {
        return it.query("select relname from pg_class where relkind = 'r' and relname like '%" + suffix(day) + "'");
    }

    private static String suffix(LocalDate day) {
        return day.toString().replace("-", "");
    }
}
