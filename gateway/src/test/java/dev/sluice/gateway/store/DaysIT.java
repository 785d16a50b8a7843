package dev.sluice.gateway.store;

import static dev.sluice.gateway.store.TestStore.SOON;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class DaysIT {

    private static final Duration WEEK = Duration.ofDays(7);
    private static final LocalDate TODAY = LocalDate.ofInstant(TestRequests.NOW, ZoneOffset.UTC);

    private final TestStore it = TestStore.open();

    @AfterEach
    void close() {
        it.close();
    }

    @Test
    void createsTheDaysAheadOnceForSeveralGateways() throws SQLException {
        Clock nextWeek = after(WEEK);

        Flux.range(0, 3)
                .flatMap(_ -> new Days(it.database, nextWeek).create(), 3)
                .blockLast(SOON);

        assertThat(it.query("select count(*) from request_day")).containsExactly("16");
        assertThat(it.query("select max(day) from request_day"))
                .containsExactly(TODAY.plusDays(14).toString());
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
    void dropsDaysThatAreOldAndDone() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        it.change(request.id(), new RequestEvent.Succeeded(TestRequests.NOW, new Fence(1, 0), 1, Payload.EMPTY));
        Days later = new Days(it.database, after(WEEK.plus(Duration.ofDays(2))));
        later.create().block(SOON);

        assertThat(await(later.drop(WEEK))).isZero();

        RequestReader reader =
                new RequestReader(it.database, later, new io.micrometer.core.instrument.simple.SimpleMeterRegistry());
        assertThat(reader.find(TestRequests.CLIENT, request.id()).block(SOON)).isNull();
        assertThat(reader.isGone(request.id())).isTrue();
    }

    @Test
    void keepsADayWithAnOpenRequest() {
        NewRequest request = TestRequests.waiting();
        it.insert(request);
        Days later = new Days(it.database, after(WEEK.plus(Duration.ofDays(2))));
        later.create().block(SOON);

        assertThat(await(later.drop(WEEK))).isEqualTo(1);

        assertThat(it.snapshot(request.id()).state()).isEqualTo(RequestState.ACCEPTED);
    }

    @Test
    void keepsWhatIsNotOldEnough() throws SQLException {
        Days later = new Days(it.database, after(WEEK));
        later.create().block(SOON);

        await(later.drop(WEEK));

        assertThat(it.query("select day from request_day where dropped_at is not null"))
                .containsExactly(TODAY.minusDays(1).toString());
    }

    @Test
    void tellsGoneFromNeverIssued() {
        it.days.create().block(SOON);

        assertThat(it.days.isGone(TestRequests.id())).isFalse();
        assertThat(it.days.isGone(idOf(TestRequests.NOW.minus(Duration.ofDays(100)))))
                .isFalse();
    }

    private static RequestId idOf(Instant moment) {
        return new RequestId(new UUID((moment.toEpochMilli() << 16) | 0x7000, 1L << 63));
    }

    private static Clock after(Duration duration) {
        return Clock.fixed(TestRequests.NOW.plus(duration), ZoneOffset.UTC);
    }
}
