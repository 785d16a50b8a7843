package dev.sluice.perf;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.MicroBatcher;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The cost of the batcher itself for each item: the write only hops to another thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BatcherBenchmark {

    private static final int ITEMS = 1_000;
    private static final BatchLimits LIMITS = new BatchLimits(2, 256, 4 << 20, 65_536, 1 << 30);

    private final Scheduler database = Schedulers.newSingle("database", true);
    private MicroBatcher<Integer, Integer> batcher = newBatcher();

    @Setup
    public void fresh() {
        batcher = newBatcher();
    }

    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void addAThousand() throws InterruptedException {
        CountDownLatch answered = new CountDownLatch(ITEMS);
        for (int i = 0; i < ITEMS; i++) {
            batcher.add(i).subscribe(_ -> answered.countDown());
        }
        answered.await();
    }

    private MicroBatcher<Integer, Integer> newBatcher() {
        return new MicroBatcher<>("benchmark", LIMITS, _ -> 1_024, this::write, new SimpleMeterRegistry());
    }

    private Mono<List<Integer>> write(List<Integer> items) {
        return Mono.just(items).publishOn(database);
    }
}
