package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Fence;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.local.LocalBroker;
import dev.sluice.testkit.FaultyBroker;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

class ReporterTest {

    private static final Fence FENCE = new Fence(1, 0);

    private final LocalBroker local = new LocalBroker();
    private final FaultyBroker broker = new FaultyBroker(local);
    private final AtomicInteger roomAgain = new AtomicInteger();
    private final ReportLimits limits =
            new ReportLimits(1_000, DataSize.ofMegabytes(1), 1_000, DataSize.ofMegabytes(8));
    private final Reporter reporter =
            new Reporter(broker, UUID.randomUUID(), limits, Schedulers.parallel(), roomAgain::incrementAndGet);

    @AfterEach
    void close() {
        reporter.close();
        local.close().block(Duration.ofSeconds(5));
    }

    @Test
    void declaresTheShardThatIsNotThereYet() {
        RequestId id = TestWork.newId();

        reporter.report(started(id, 1)).block(Duration.ofSeconds(5));

        try (StatusLog log = new StatusLog(local)) {
            log.sees(id, Report.Started.class);
        }
    }

    @Test
    void takesAllThatWaitsIntoTheNextMessageUpToItsBound() {
        RequestId id = TestWork.newId();
        try (StatusLog log = new StatusLog(local)) {
            Sinks.Empty<Void> gate = broker.holdBack();
            reporter.report(started(id, 1));
            List<Mono<Void>> all = IntStream.rangeClosed(2, 2_501)
                    .mapToObj(ordinal -> reporter.report(started(id, ordinal)))
                    .toList();

            gate.tryEmitEmpty();
            Mono.when(all).block(Duration.ofSeconds(10));

            awaiting(() -> assertThat(log.batches()).containsExactly(1, 1_000, 1_000, 500));
            assertThat(log.of(id)).extracting(Report::ordinal).isSorted();
        }
    }

    @Test
    void keepsAMessageUnderItsBytesAndSendsALargerReportAlone() {
        RequestId id = TestWork.newId();
        try (StatusLog log = new StatusLog(local)) {
            Sinks.Empty<Void> gate = broker.holdBack();
            reporter.report(started(id, 1));
            reporter.report(output(id, 2, 600_000));
            reporter.report(output(id, 3, 400_000));
            reporter.report(output(id, 4, 100_000));
            reporter.report(output(id, 5, 2_000_000));
            Mono<Void> last = reporter.report(started(id, 6));

            gate.tryEmitEmpty();
            last.block(Duration.ofSeconds(10));

            awaiting(() -> assertThat(log.batches()).containsExactly(1, 2, 1, 1, 1));
        }
    }

    @Test
    void triesAgainInOrderWhateverThePublishingSays() {
        RequestId id = TestWork.newId();
        broker.failNext(new PublishException.ConfirmTimeout(true));
        broker.failNext(new PublishException.Nacked());
        broker.failNext(new PublishException.ConnectionLost(true));
        try (StatusLog log = new StatusLog(local)) {
            reporter.report(started(id, 1));
            reporter.report(started(id, 2)).block(Duration.ofSeconds(10));

            awaiting(() -> assertThat(log.of(id)).last().matches(report -> report.ordinal() == 2));
            assertThat(log.of(id)).extracting(Report::ordinal).containsExactly(1, 1, 1, 1, 2);
        }
    }

    @Test
    void saysWhenItIsFullAndWhenThereIsRoomAgain() {
        Sinks.Empty<Void> gate = broker.holdBack();
        RequestId id = TestWork.newId();
        List<Mono<Void>> all = IntStream.rangeClosed(1, 1_000)
                .mapToObj(ordinal -> reporter.report(started(id, ordinal)))
                .toList();
        assertThat(reporter.hasRoom()).isFalse();
        assertThat(roomAgain).hasValue(0);

        gate.tryEmitEmpty();
        Mono.when(all).block(Duration.ofSeconds(10));

        awaiting(() -> assertThat(reporter.pending().count()).isZero());
        assertThat(reporter.pending().bytes()).isZero();
        assertThat(reporter.hasRoom()).isTrue();
        assertThat(roomAgain).hasValue(1);
    }

    private static Report started(RequestId id, int ordinal) {
        return new Report.Started(id, FENCE, ordinal, TestWork.ACCEPTED_AT, false);
    }

    private static Report output(RequestId id, int ordinal, int bytes) {
        return new Report.Output(id, FENCE, ordinal, TestWork.ACCEPTED_AT, new byte[bytes]);
    }
}
