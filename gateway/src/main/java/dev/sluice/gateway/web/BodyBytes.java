package dev.sluice.gateway.web;

import java.time.Duration;
import java.util.Arrays;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Reads bodies onto the heap. Each network buffer is copied and released as it comes, so a slow sender holds no direct
 * memory. The part of its body that has come stays on the heap for the time-out at most. Thread-safe.
 */
public final class BodyBytes {

    private static final byte[] NONE = new byte[0];

    private final Duration timeout;
    private final Scheduler scheduler;

    /** The part of one body that has arrived. */
    private static final class Received {

        private final int max;
        private byte[] bytes;
        private int length;

        private Received(int max, int sizeHint) {
            this.max = max;
            this.bytes = sizeHint == 0 ? NONE : new byte[sizeHint];
        }

        /** Takes a buffer in and releases it. The discard hook of the pipeline releases a buffer that is refused. */
        private void add(DataBuffer buffer) {
            int more = buffer.readableByteCount();
            if (more > max - length) {
                throw tooLarge(max);
            }
            if (bytes.length - length < more) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(max, Math.max((long) length + more, bytes.length * 2L)));
            }
            buffer.read(bytes, length, more);
            length += more;
            DataBufferUtils.release(buffer);
        }

        private byte[] toBytes() {
            return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        }
    }

    /** Reads with a bound in time: {@code timeout} is for a whole body, in any number of pieces. */
    public BodyBytes(Duration timeout, Scheduler scheduler) {
        this.timeout = timeout;
        this.scheduler = scheduler;
    }

    /**
     * The whole body.
     *
     * <p>Cold, to be subscribed once. Cancelling stops reading.
     *
     * @return the bytes, possibly none; {@code payload-too-large} at once if the length says so, else at byte
     *     {@code max + 1}, with never more than that held; {@code body-timeout} if the body is not whole in time
     */
    public Mono<byte[]> read(ServerHttpRequest http, int max) {
        long announced = http.getHeaders().getContentLength();
        if (announced > max) {
            return Mono.error(() -> tooLarge(max));
        }
        int sizeHint = (int) Math.max(announced, 0);
        return http.getBody()
                .collect(() -> new Received(max, sizeHint), Received::add)
                .doOnDiscard(DataBuffer.class, DataBufferUtils::release)
                .map(Received::toBytes)
                .timeout(timeout, Mono.error(this::late), scheduler);
    }

    private static ProblemException tooLarge(int max) {
        return new Problem(ProblemType.PAYLOAD_TOO_LARGE, "The body may have " + max + " bytes").toException();
    }

    private ProblemException late() {
        return new Problem(ProblemType.BODY_TIMEOUT, "The body was not whole within " + timeout.toMillis() + " ms")
                .toException();
    }
}
