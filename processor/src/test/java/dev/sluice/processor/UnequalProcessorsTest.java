package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.message.RequestId;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.queue.local.LocalBroker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Processors of one kind that have different numbers of tokens. */
class UnequalProcessorsTest {

    private static final int MAX_DISPATCHES = 50;

    private final LocalBroker broker = new LocalBroker();
    private final StatusLog log = new StatusLog(broker);
    private final List<Processor> processors = new ArrayList<>();

    @AfterEach
    void close() {
        processors.forEach(processor -> processor.stop().block(Duration.ofSeconds(20)));
        log.close();
        broker.close().block(Duration.ofSeconds(5));
    }

    @Test
    void handsBackWhatIsTooBigForOneUntilAnotherRunsIt() {
        TestWork work = work().withCost(8);
        start(4);
        submit(broker, "k", work);
        assertThat(endOf(work.id(), 1)).isInstanceOfSatisfying(Report.Released.class, released -> {
            assertThat(released.cause()).isEqualTo(Cause.COST_EXCEEDS_TOKENS);
            assertThat(released.cost()).isEqualTo(8);
        });

        start(16);
        int dispatch = 1;
        while (endOf(work.id(), dispatch) instanceof Report.Released && dispatch < MAX_DISPATCHES) {
            dispatch++;
            submit(broker, "k", work.withDispatch(dispatch));
        }

        assertThat(endOf(work.id(), dispatch)).isInstanceOf(Report.Succeeded.class);
        assertThat(log.of(work.id())).noneMatch(Report.Failed.class::isInstance);
    }

    private void start(int tokens) {
        RequestHandler echo = (work, _) -> Mono.just(work.payload());
        ProcessorSettings settings = new ProcessorSettings(
                tokens, Duration.ofMillis(100), Duration.ofSeconds(1), false, Map.of(), ReportLimits.DEFAULT);
        processors.add(Processor.start(broker, settings, Map.of("k", echo), Duration.ofMinutes(30), Clock.systemUTC()));
    }

    private Report endOf(RequestId id, int dispatch) {
        awaiting(() -> assertThat(endsOf(id, dispatch)).hasSize(1));
        return endsOf(id, dispatch).getFirst();
    }

    private List<Report> endsOf(RequestId id, int dispatch) {
        return log.of(id).stream()
                .filter(report -> report.terminal() && report.fence().dispatch() == dispatch)
                .toList();
    }
}
