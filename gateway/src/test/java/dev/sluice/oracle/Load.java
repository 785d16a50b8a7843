package dev.sluice.oracle;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * The load: a process of its own that submits until so many requests were accepted, or its standard input ends, and
 * writes a {@link History}. Ends with exit code 1 if that takes longer than 10 minutes.
 */
final class Load {

    private static final Duration MAX = Duration.ofMinutes(10);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int CONNECTIONS = 32;

    private final Caller caller;
    private final Order order;
    private final AtomicInteger invoked = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final long startedNs = System.nanoTime();
    private volatile boolean stopped;

    /**
     * The task of a load.
     *
     * @param first the first number; the following submissions count on from there
     * @param accepted so many, then it ends
     * @param perSecond submissions; they do not wait for answers
     */
    record Order(Mix mix, long seed, int first, int accepted, int perSecond) {

        /** Until it is told to stop. */
        static final int ENDLESS = Integer.MAX_VALUE;

        static Order of(List<String> words) {
            return new Order(
                    Mix.valueOf(words.get(0)),
                    Long.parseLong(words.get(1)),
                    Integer.parseInt(words.get(2)),
                    Integer.parseInt(words.get(3)),
                    Integer.parseInt(words.get(4)));
        }

        List<String> words() {
            return List.of(
                    mix.name(),
                    Long.toString(seed),
                    Integer.toString(first),
                    Integer.toString(accepted),
                    Integer.toString(perSecond));
        }
    }

    private Load(Caller caller, Order order) {
        this.caller = caller;
        this.order = order;
    }

    /** Arguments: history file, the words of an {@link Order}, the gateways. */
    public static void main(String[] args) throws IOException, InterruptedException {
        List<String> words = Arrays.asList(args);
        Order order = Order.of(words.subList(1, 6));
        boolean complete;
        try (History history = new History(Path.of(args[0]))) {
            Caller caller = new Caller(
                    history,
                    words.subList(6, args.length).stream().map(URI::create).toList());
            complete = new Load(caller, order).run();
        }
        System.exit(complete ? 0 : 1); // after the history is closed
    }

    private boolean run() throws InterruptedException {
        Thread.ofPlatform().daemon().name("stop").start(this::stopAtEndOfInput);
        try (ExecutorService connections = Executors.newFixedThreadPool(CONNECTIONS)) {
            List<Future<?>> submitting = IntStream.range(0, CONNECTIONS)
                    .<Future<?>>mapToObj(_ -> connections.submit(this::submitUntilDone))
                    .toList();
            for (Future<?> each : submitting) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        System.out.println("accepted " + accepted.get() + " of " + invoked.get());
        return stopped || accepted.get() >= order.accepted;
    }

    private void stopAtEndOfInput() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            System.out.println("stopped: " + e);
        }
        stopped = true;
    }

    private void submitUntilDone() {
        try {
            while (!stopped && accepted.get() < order.accepted && System.nanoTime() - startedNs < MAX.toNanos()) {
                int nth = invoked.incrementAndGet();
                awaitTurn(nth);
                int number = order.first + nth;
                if (caller.submit(number, order.mix.sample(number, order.seed)).isPresent()) {
                    accepted.incrementAndGet();
                } else {
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Open loop: the nth is due n intervals after the start, however the gateways fare. */
    private void awaitTurn(int nth) throws InterruptedException {
        long waitNs = startedNs + nth * (1_000_000_000L / order.perSecond) - System.nanoTime();
        if (waitNs > 0) {
            Thread.sleep(Duration.ofNanos(waitNs));
        }
    }
}
