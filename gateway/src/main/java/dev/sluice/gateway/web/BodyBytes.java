package dev.sluice.gateway.web;

import java.util.Arrays;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import reactor.core.publisher.Mono;

/** Reads a body onto the heap. Each network buffer is copied and released as it comes, so a slow sender holds no direct memory. */
public final class BodyBytes {

    private static final byte[] NONE = new byte[0];

    private final int max;
    private byte[] bytes;
    private int length;

    private BodyBytes(int max, int sizeHint) {
        this.max = max;
        this.bytes = sizeHint == 0 ? NONE : new byte[sizeHint];
    }

    /**
     * The whole body.
     *
     * <p>Cold, to be subscribed once. Cancelling stops reading.
     *
     * @return the bytes, possibly none; {@code payload-too-large} at once if the length says so, else at byte {@code max + 1}, with never
     *     more than that held
     */
    public static Mono<byte[]> read(ServerHttpRequest http, int max) {
        long announced = http.getHeaders().getContentLength();
        if (announced > max) {
            return Mono.error(() -> tooLarge(max));
        }
        int sizeHint = (int) Math.max(announced, 0);
        return http.getBody()
                .collect(() -> new BodyBytes(max, sizeHint), BodyBytes::add)
                .map(BodyBytes::toBytes);
    }

    private static ProblemException tooLarge(int max) {
        return new Problem(ProblemType.PAYLOAD_TOO_LARGE, "The body may have " + max + " bytes").toException();
    }

    private void add(DataBuffer buffer) {
        try {
            int more = buffer.readableByteCount();
            if (more > max - length) {
                throw tooLarge(max);
            }
            if (bytes.length - length < more) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(max, Math.max((long) length + more, bytes.length * 2L)));
            }
            buffer.read(bytes, length, more);
            length += more;
        } finally {
            DataBufferUtils.release(buffer);
        }
    }

    private byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
