package dev.sluice.queue;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The daemon threads of an adapter. They may block: in connects, in calls to the broker, in writes to a socket that
 * does not move.
 *
 * <p>With one thread, tasks run in order. Handing over a task never blocks. After {@link #close} new tasks are dropped:
 * they could change nothing any more. An exception of a task is logged, because no caller waits for it.
 */
public final class AdapterThreads implements Executor {

    private static final Logger LOG = LoggerFactory.getLogger(AdapterThreads.class);

    private final ScheduledThreadPoolExecutor executor;
    private final Scheduler scheduler;

    public AdapterThreads(String name, int count) {
        Thread.Builder.OfPlatform threads = Thread.ofPlatform().daemon();
        ThreadFactory named = count == 1
                ? threads.name(name).factory()
                : threads.name(name + "-", 0).factory();
        // The scheduled pool's queue is the one that BlockHound lets event loops offer to.
        executor = new ScheduledThreadPoolExecutor(count, named);
        executor.setRejectedExecutionHandler((_, _) -> {});
        executor.prestartAllCoreThreads();
        scheduler = Schedulers.fromExecutorService(executor);
    }

    @Override
    public void execute(Runnable task) {
        executor.execute(() -> runLogged(task));
    }

    /** Runs a task after a pause. */
    public void after(Duration pause, Runnable task) {
        var _ = executor.schedule(() -> runLogged(task), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Runs a task again and again, with a pause between the end of one run and the next. */
    public void each(Duration pause, Runnable task) {
        var _ = executor.scheduleWithFixedDelay(
                () -> runLogged(task), pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The same threads, for operators. */
    public Scheduler scheduler() {
        return scheduler;
    }

    /** The same threads, for libraries that ask for a service. */
    public ExecutorService service() {
        return executor;
    }

    /** Takes no more tasks; tasks that were handed over are still done. */
    public void close() {
        executor.shutdown();
    }

    private static void runLogged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("broker.task_failed", e);
        }
    }
}
