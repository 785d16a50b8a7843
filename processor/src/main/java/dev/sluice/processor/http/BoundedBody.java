package dev.sluice.processor.http;

import dev.sluice.message.Failure;
import dev.sluice.processor.handler.HandlerException;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;

/** Reads a body without trusting its length. */
final class BoundedBody {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /**
     * The whole body; {@link HandlerException.Permanent} with the first byte beyond {@code max}, where reading ends.
     */
    static Mono<byte[]> of(ByteBufFlux content, int max) {
        return content.asByteArray()
                .collect(BoundedBody::new, (body, part) -> body.addOrFail(part, max))
                .map(BoundedBody::toBytes);
    }

    /** The first {@code max} bytes; reading ends there. */
    static Mono<byte[]> beginning(ByteBufFlux content, int max) {
        return content.asByteArray()
                .scanWith(BoundedBody::new, BoundedBody::add)
                .takeUntil(body -> body.bytes.size() >= max)
                .last()
                .map(body -> body.toBytes(max));
    }

    private void addOrFail(byte[] part, int max) {
        if (bytes.size() + part.length > max) {
            throw new HandlerException.Permanent(
                    new Failure("result-too-large", "The result is larger than " + max + " bytes", ""));
        }
        add(part);
    }

    private BoundedBody add(byte[] part) {
        bytes.writeBytes(part);
        return this;
    }

    private byte[] toBytes() {
        return bytes.toByteArray();
    }

    private byte[] toBytes(int max) {
        byte[] all = bytes.toByteArray();
        return all.length <= max ? all : Arrays.copyOf(all, max);
    }
}
