package dev.sluice.gateway.journal;

import static dev.sluice.gateway.bench.GatewayBench.KIND;
import static dev.sluice.gateway.bench.GatewayBench.SOON;
import static dev.sluice.gateway.bench.GatewayBench.queued;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.bench.GatewayBench;
import dev.sluice.gateway.bench.TestGateway;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.Backlog;
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

    private final GatewayBench bench = GatewayBench.open();
    private final TestGateway gateway = bench.gateway();

    @AfterEach
    void close() {
        bench.close();
    }

    /** The broker may deliver three times and out of order; the outcome must not differ. */
    @Test
    void endsTheSameWithEveryReportThriceAndReordered() {
        gateway.journaling();
        for (long seed = 0; seed < 3; seed++) {
            List<NewRequest> requests = queued(200);
            gateway.insert(requests);

            bench.publishAll(shuffledThrice(requests, new Random(seed)), 10);
            awaitEnded(200 * (seed + 1));

            assertThat(bench.count("from request where state = 20 and attempt = 1"))
                    .as("seed %d", seed)
                    .isEqualTo(200 * (seed + 1));
        }
        awaitSettled(3 * 200 * 3 * 4);
        assertThat(bench.count("from request_result")).isEqualTo(600);
        assertThat(bench.count("from (select id from request_log where convert_from(events, 'UTF8')"
                        + " like '%\"type\":\"succeeded\"%' group by id having count(*) > 1) twice"))
                .isZero();
        assertThat(bench.count("from (select r.id from request r join request_log l on l.id = r.id group by r.id, r.seq"
                        + " having sum(l.last_seq - l.first_seq + 1) <> r.seq - 2) gaps"))
                .isZero();
    }

    @Test
    void countsEachReportOnce() {
        gateway.journaling();
        TestReports reports = inserted();

        reports.wholeRun().forEach(bench::report);
        reports.wholeRun().forEach(bench::report);

        awaitSettled(8);
        assertThat(gateway.counter("sluice.journal.reports.decided")).isEqualTo(4);
        assertThat(gateway.counter("sluice.journal.reports.stale")).isEqualTo(4);
        assertThat(gateway.counter("sluice.journal.reports.refused")).isZero();
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
    }

    @Test
    void saysWhatIsMissing() {
        gateway.journaling();
        TestReports reports = inserted();

        bench.report(reports.started(TestReports.FIRST_RUN, 1), reports.succeeded(TestReports.FIRST_RUN, 4));

        awaitEnded(1);
        assertThat(gateway.counter("sluice.consistency.holes")).isEqualTo(1);
    }

    @Test
    void goesOnAfterAMessageThatNobodyCanRead() {
        GatewayBench.await(bench.broker().declare(Topology.dead()));
        gateway.journaling();
        TestReports reports = inserted();

        for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
            bench.publish(shard, new byte[] {1, 99, 3});
        }
        reports.wholeRun().forEach(bench::report);

        awaitEnded(1);
        assertThat(gateway.counter("sluice.journal.messages.unreadable")).isEqualTo(4);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(GatewayBench.value(
                                bench.broker().ready(Topology.dead().name())))
                        .isEqualTo(4));
    }

    @Test
    void endsAsPoisonWhatKilledThreeProcessorsAlone() {
        gateway.journaling();
        NewRequest request = queued(1).getFirst();
        gateway.insert(List.of(request));
        TestReports reports = new TestReports(request.id());

        List<RequestState> states = new ArrayList<>();
        for (int dispatch = 1; dispatch <= 4; dispatch++) {
            boolean alone = dispatch > 1;
            bench.report(reports.started(new Fence(dispatch, 0), 1, alone));
            Report released = reports.released(new Fence(dispatch, 1), 1, Cause.REDELIVERED);
            bench.publish(
                    Topology.shardOf(request.id().value()),
                    new ReportBatch(TestReports.OTHER_PROCESSOR, List.of(released)));
            int lastSeq = 1 + 3 * dispatch;
            await().atMost(SOON).until(() -> snapshot(request.id()).seq() >= lastSeq);
            states.add(snapshot(request.id()).state());
            GatewayBench.await(gateway.backlog().dispatch(KIND, gateway.id(), Backlog.Place.START, 10, 1 << 20));
        }

        assertThat(states)
                .containsExactly(
                        RequestState.ACCEPTED, RequestState.ACCEPTED, RequestState.ACCEPTED, RequestState.FAILED);
        assertThat(bench.query("select failure_code from request")).containsExactly("poison");
    }

    /** Then a batch fails; its reports must neither be acked nor dropped. */
    @Test
    void writesWhatLostFiveRacesInARow() {
        bench.loseRaces(7);
        gateway.journaling();
        TestReports reports = inserted();

        reports.wholeRun().forEach(bench::report);

        awaitEnded(1);
        awaitSettled(4);
        assertThat(gateway.counter("sluice.journal.reports.refused")).isZero();
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
        assertThat(bench.query("select last_value from races").getFirst())
                .satisfies(tries -> assertThat(Integer.parseInt(tries)).isGreaterThan(7));
    }

    /** Else the request would run again for ever, and be refused each time. */
    @Test
    void failsARequestWhoseFinalReportPostgresRefuses() {
        bench.execute("create function refuse() returns trigger language plpgsql as"
                + " 'begin raise sqlstate ''22P05'' using message = ''not this one''; end'");
        bench.execute("create trigger refuse before insert on request_result for each row execute function refuse()");
        gateway.journaling();
        TestReports reports = inserted();

        bench.report(reports.started(TestReports.FIRST_RUN, 1), reports.succeeded(TestReports.FIRST_RUN, 2));

        awaitEnded(1);
        assertThat(bench.query("select failure_code || ': ' || failure_title from request"))
                .containsExactly("report-refused: Postgres refused the processor's report (SQL state 22P05)");
        assertThat(gateway.counter("sluice.journal.reports.decided"))
                .as("its start")
                .isEqualTo(1);
        awaitRefused(1);
    }

    @Test
    void goesOnWithoutAReportThatPostgresRefuses() {
        bench.execute("create function refuse() returns trigger language plpgsql as 'begin"
                + " if convert_from(new.events, ''UTF8'') like ''%\"type\":\"output\"%'' then"
                + " raise sqlstate ''22P05'' using message = ''no output''; end if; return new; end'");
        bench.execute("create trigger refuse before insert on request_log for each row execute function refuse()");
        gateway.journaling();
        NewRequest request = queued(1).getFirst();
        gateway.insert(List.of(request));

        bench.publishAll(TestReports.wholeRuns(List.of(request)), 4);

        awaitEnded(1);
        assertThat(snapshot(request.id()).state()).isEqualTo(RequestState.SUCCEEDED);
        awaitRefused(1);
    }

    /** A lock that is not given in time: no report is to blame. */
    @Test
    void writesAgainWhatPostgresRefusesOnlyForNow() {
        bench.execute("create sequence tries");
        bench.execute("create function refuse() returns trigger language plpgsql as 'begin"
                + " if nextval(''tries'') < 5 then raise sqlstate ''55P03'' using message = ''locked''; end if;"
                + " return new; end'");
        bench.execute("create trigger refuse before insert on request_result for each row execute function refuse()");
        gateway.journaling();
        TestReports reports = inserted();

        reports.wholeRun().forEach(bench::report);

        awaitEnded(1);
        assertThat(bench.count("from request where state = 20")).isEqualTo(1);
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

        bench.publishAll(TestReports.wholeRuns(requests), requests.size() * 4);

        awaitEnded(requests.size());
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
    }

    @Test
    void writesWhatItHasBeforeItStops() {
        gateway.journaling();
        List<NewRequest> requests = queued(500);
        gateway.insert(requests);
        bench.publishAll(TestReports.wholeRuns(requests), 5);

        GatewayBench.await(gateway.statusJournal().stop());
        TestGateway next = bench.gateway().journaling();

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
                .untilAsserted(() -> assertThat(bench.count("from request where not dispatched and state >= 20"))
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
