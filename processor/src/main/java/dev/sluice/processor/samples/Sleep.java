package dev.sluice.processor.samples;

import dev.sluice.message.Payload;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.processor.handler.Work;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** {@code {"ms":1500}}: takes that long, reports its progress each 100 ms, and can be cancelled. */
final class Sleep implements RequestHandler {

    private static final int STEP_MS = 100;
    private static final int MAX_MS = 86_400_000;

    private final Scheduler scheduler;

    Sleep(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /**
     * @param ms 0 to a day
     */
    record Request(int ms) {
        Request {
            if (ms < 0 || ms > MAX_MS) {
                throw HandlerException.Permanent.invalid("ms must be 0 to " + MAX_MS + ", was " + ms);
            }
        }
    }

    private record Slept(int sleptMs) {}

    @Override
    public Mono<Payload> handle(Work work, Context context) {
        int ms = Input.read(work.payload(), Request.class).ms();
        return Flux.interval(Duration.ofMillis(STEP_MS), scheduler)
                .onBackpressureDrop()
                .doOnNext(step -> context.progress((int) Math.min(99, 100L * STEP_MS * (step + 1) / ms), "asleep"))
                .takeUntilOther(Mono.delay(Duration.ofMillis(ms), scheduler))
                .then(Mono.fromSupplier(() -> Input.json(new Slept(ms))));
    }
}
