package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * No call on a kept connection ever waits for the next call: Reactor Netty has stalled there before, most of all when a
 * POST and a GET arrive in one piece.
 */
@Timeout(600)
class KeepAliveIT {

    private static final int PAIRS = Integer.getInteger("keepalive.pairs", 20_000);
    private static final int CONNECTIONS = 32;
    private static final Duration EXCHANGE = Duration.ofSeconds(10);
    private static final String ECHO = "/v1/requests/echo";
    private static final String BODY = "{\"customer\":\"4711\",\"amount\":12.5}";

    private final String known = Api.path(SharedGateway.api().submit("echo", "{}"));
    private final AtomicInteger left = new AtomicInteger(PAIRS);
    private final AtomicInteger answered = new AtomicInteger();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();

    /** How the bytes of a pair of calls are cut into writes. */
    private enum Style {
        ONE_WRITE_EACH,
        HEAD_THEN_BODY,
        CHUNKED,
        PIPELINED,
        PIPELINED_THEN_ALONE
    }

    @Test
    void answersEveryCallOfEveryConnection() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            Callable<Integer> connection = this::converse;
            List<Future<Integer>> done = threads.invokeAll(Collections.nCopies(CONNECTIONS, connection));
            int pairs = 0;
            for (Future<Integer> each : done) {
                pairs += each.get();
            }

            assertThat(failures).isEmpty();
            assertThat(pairs).isEqualTo(PAIRS);
            assertThat(answered).hasValueGreaterThanOrEqualTo(2 * PAIRS);
        }
    }

    /** Sends pairs on one connection until none is left; after a failure on a new one. */
    private int converse() {
        int pairs = 0;
        while (left.get() > 0 && failures.size() < CONNECTIONS) {
            Style style = Style.ONE_WRITE_EACH;
            try (RawConnection connection =
                    new RawConnection(SharedGateway.process().httpPort(), EXCHANGE)) {
                for (int on = 0; left.getAndDecrement() > 0; on++) {
                    style = Style.values()[on % Style.values().length];
                    pair(connection, style);
                    pairs++;
                }
            } catch (IOException | IllegalStateException e) {
                failures.add(style + " after " + pairs + " pairs: " + e);
            }
        }
        return pairs;
    }

    private void pair(RawConnection connection, Style style) throws IOException {
        switch (style) {
            case ONE_WRITE_EACH -> connection.write(RawConnection.post(ECHO, BODY.length()) + BODY);
            case HEAD_THEN_BODY -> {
                connection.write(RawConnection.post(ECHO, BODY.length()));
                connection.write(BODY);
            }
            case CHUNKED -> {
                connection.write(RawConnection.postChunked(ECHO));
                connection.write(RawConnection.chunk(BODY));
                connection.write("0\r\n\r\n");
            }
            case PIPELINED, PIPELINED_THEN_ALONE ->
                connection.write(RawConnection.post(ECHO, BODY.length()) + BODY + RawConnection.get(known));
        }
        RawConnection.Answer accepted = expect(connection, 202);
        boolean pipelined = style == Style.PIPELINED || style == Style.PIPELINED_THEN_ALONE;
        if (!pipelined) {
            connection.write(RawConnection.get(Api.path(accepted.id())));
        }
        expect(connection, 200);
        if (style == Style.PIPELINED_THEN_ALONE) {
            connection.write(RawConnection.get(Api.path(accepted.id())));
            expect(connection, 200);
        }
    }

    private RawConnection.Answer expect(RawConnection connection, int status) throws IOException {
        RawConnection.Answer answer = connection.read();
        if (answer.status() != status) {
            throw new IllegalStateException(answer.status() + " instead of " + status + ": " + answer.body());
        }
        answered.incrementAndGet();
        return answer;
    }
}
