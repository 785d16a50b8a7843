package dev.sluice.gateway.journal;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.Backlog;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.Fence;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.ReportBatch;
import dev.sluice.queue.Topology;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JournalIT {

    private static final int REORDER = 50;

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final TestGateway gateway = testkit.gateway();

    @AfterEach
    void close() {
        testkit.close();
    }

    /** The broker may deliver three times and out of order; the outcome must not differ. */
    @Test
    void endsTheSameWithEveryReportThriceAndReordered() {
        gateway.journaling();
        for (long seed = 0; seed < 3; seed++) {
            List<NewRequest> requests = queued(200);
            gateway.insert(requests);

            testkit.publishAll(shuffledThrice(requests, new Random(seed)), 10);
            awaitEnded(200 * (seed + 1));

            assertThat(testkit.count("from request where state = 20 and attempt = 1"))
                    .as("seed %d", seed)
                    .isEqualTo(200 * (seed + 1));
        }
        awaitSettled(3 * 200 * 3 * 4);
        assertThat(testkit.count("from request_result")).isEqualTo(600);
        assertThat(testkit.count("from (select id from request_log where convert_from(events, 'UTF8')"
                        + " like '%\"type\":\"succeeded\"%' group by id having count(*) > 1) twice"))
                .isZero();
        assertThat(testkit.count(
                        "from (select r.id from request r join request_log l on l.id = r.id group by r.id, r.seq"
                                + " having sum(l.last_seq - l.first_seq + 1) <> r.seq - 2) gaps"))
                .isZero();
    }

    @Test
    void countsEachReportOnce() {
        gateway.journaling();
        TestReports reports = inserted();

        reports.wholeRun().forEach(testkit::report);
        reports.wholeRun().forEach(testkit::report);

        awaitSettled(8);
        assertThat(gateway.counter("sluice.journal.reports.decided")).isEqualTo(4);
        assertThat(gateway.counter("sluice.journal.reports.stale")).isEqualTo(4);
        assertThat(gateway.counter("sluice.journal.reports.refused")).isZero();
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
    }

    @Test
    void warnsOfMissingReports() {
        gateway.journaling();
        TestReports reports = inserted();

        testkit.report(reports.started(TestReports.FIRST_RUN, 1), reports.succeeded(TestReports.FIRST_RUN, 4));

        awaitEnded(1);
        assertThat(gateway.counter("sluice.consistency.holes")).isEqualTo(1);
    }

    @Test
    void goesOnAfterAnUnreadableMessage() {
        GatewayTestkit.await(testkit.broker().declare(Topology.dead()));
        gateway.journaling();
        TestReports reports = inserted();

        for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
            testkit.publish(shard, new byte[] {1, 99, 3});
        }
        reports.wholeRun().forEach(testkit::report);

        awaitEnded(1);
        assertThat(gateway.counter("sluice.journal.messages.unreadable")).isEqualTo(4);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(GatewayTestkit.value(
                                testkit.broker().ready(Topology.dead().name())))
                        .isEqualTo(4));
    }

    @Test
    void endsARequestAsPoisonThatKilledThreeProcessorsAlone() {
        gateway.journaling();
        NewRequest request = queued(1).getFirst();
        gateway.insert(List.of(request));
        TestReports reports = new TestReports(request.id());

        List<RequestState> states = new ArrayList<>();
        for (int dispatch = 1; dispatch <= 4; dispatch++) {
            boolean alone = dispatch > 1;
            testkit.report(reports.started(new Fence(dispatch, 0), 1, alone));
            Report released = reports.released(new Fence(dispatch, 1), 1, Cause.REDELIVERED);
            testkit.publish(
                    Topology.shardOf(request.id().value()),
                    new ReportBatch(TestReports.OTHER_PROCESSOR, List.of(released)));
            int lastSeq = 1 + 3 * dispatch;
            await().atMost(SOON).until(() -> snapshot(request.id()).seq() >= lastSeq);
            states.add(snapshot(request.id()).state());
            GatewayTestkit.await(gateway.backlog().enterDue(KIND, 10));
            GatewayTestkit.await(gateway.backlog().dispatch(KIND, gateway.id(), Backlog.Place.START, 10, 1 << 20));
        }

        assertThat(states)
                .containsExactly(
                        RequestState.ACCEPTED, RequestState.ACCEPTED, RequestState.ACCEPTED, RequestState.FAILED);
        assertThat(testkit.query("select failure_code from request")).containsExactly("poison");
    }

    /** Then a batch fails; its reports must neither be acked nor dropped. */
    @Test
    void writesReportsThatLostFiveRacesInARow() {
        testkit.loseRaces(7);
        gateway.journaling();
        TestReports reports = inserted();

        reports.wholeRun().forEach(testkit::report);

        awaitEnded(1);
        awaitSettled(4);
        assertThat(gateway.counter("sluice.journal.reports.refused")).isZero();
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
        assertThat(testkit.query("select last_value from races").getFirst())
                .satisfies(tries -> assertThat(Integer.parseInt(tries)).isGreaterThan(7));
    }

    /** Else the request would run again for ever, and be refused each time. */
    @Test
    void failsARequestWhoseFinalReportPostgresRefuses() {
        testkit.execute("create function refuse() returns trigger language plpgsql as"
                + " 'begin raise sqlstate ''22P05'' using message = ''not this one''; end'");
        testkit.execute("create trigger refuse before insert on request_result for each row execute function refuse()");
        gateway.journaling();
        TestReports reports = inserted();

        testkit.report(reports.started(TestReports.FIRST_RUN, 1), reports.succeeded(TestReports.FIRST_RUN, 2));

        awaitEnded(1);
        assertThat(testkit.query("select failure_code || ': ' || failure_title from request"))
                .containsExactly("report-refused: Postgres refused the processor's report (SQL state 22P05)");
        assertThat(gateway.counter("sluice.journal.reports.decided"))
                .as("its start")
                .isEqualTo(1);
        awaitRefused(1);
    }

    @Test
    void goesOnWithoutAReportThatPostgresRefuses() {
        testkit.execute("create function refuse() returns trigger language plpgsql as 'begin"
                + " if convert_from(new.events, ''UTF8'') like ''%\"type\":\"output\"%'' then"
                + " raise sqlstate ''22P05'' using message = ''no output''; end if; return new; end'");
        testkit.execute("create trigger refuse before insert on request_log for each row execute function refuse()");
        gateway.journaling();
        NewRequest request = queued(1).getFirst();
        gateway.insert(List.of(request));

        testkit.publishAll(TestReports.wholeRuns(List.of(request)), 4);

        awaitEnded(1);
        assertThat(snapshot(request.id()).state()).isEqualTo(RequestState.SUCCEEDED);
        awaitRefused(1);
    }

    /** A lock that is not given in time: no report is to blame. */
    @Test
    void writesReportsAgainThatPostgresRefusesOnlyForNow() {
        testkit.execute("create sequence tries");
        testkit.execute("create function refuse() returns trigger language plpgsql as 'begin"
                + " if nextval(''tries'') < 5 then raise sqlstate ''55P03'' using message = ''locked''; end if;"
                + " return new; end'");
        testkit.execute("create trigger refuse before insert on request_result for each row execute function refuse()");
        gateway.journaling();
        TestReports reports = inserted();

        reports.wholeRun().forEach(testkit::report);

        awaitEnded(1);
        assertThat(testkit.count("from request where state = 20")).isEqualTo(1);
        awaitSettled(4);
        assertThat(gateway.counter("sluice.journal.reports.refused")).isZero();
    }

    @Test
    void writesMoreReportsThanOneStatementTakes() {
        gateway.journaling();
        List<NewRequest> requests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            List<NewRequest> some = queued(500);
            gateway.insert(some);
            requests.addAll(some);
        }

        testkit.publishAll(TestReports.wholeRuns(requests), requests.size() * 4);

        awaitEnded(requests.size());
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
    }

    @Test
    void writesItsReportsBeforeItStops() {
        gateway.journaling();
        List<NewRequest> requests = queued(500);
        gateway.insert(requests);
        testkit.publishAll(TestReports.wholeRuns(requests), 5);

        GatewayTestkit.await(gateway.statusJournal().stop());
        TestGateway next = testkit.gateway().journaling();

        awaitEnded(500);
        assertThat(next.counter("sluice.journal.reports.refused")).isZero();
    }

    private TestReports inserted() {
        NewRequest request = queued(1).getFirst();
        gateway.insert(List.of(request));
        return new TestReports(request.id());
    }

    private RequestSnapshot snapshot(RequestId id) {
        return gateway.snapshot(id);
    }

    private void awaitEnded(long count) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(testkit.count("from request where not dispatched and state >= 20"))
                        .isEqualTo(count));
    }

    private void awaitSettled(int reports) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(gateway.counter("sluice.journal.reports.received"))
                        .isEqualTo(reports));
    }

    private void awaitRefused(int reports) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(gateway.counter("sluice.journal.reports.refused"))
                        .isEqualTo(reports));
    }

    private static List<Report> shuffledThrice(List<NewRequest> requests, Random random) {
        List<Report> all = new ArrayList<>();
        for (int copy = 0; copy < 3; copy++) {
            all.addAll(TestReports.wholeRuns(requests));
        }
        for (int from = 0; from < all.size(); from += REORDER) {
            Collections.shuffle(all.subList(from, Math.min(from + REORDER, all.size())), random);
        }
        return all;
    }
}
