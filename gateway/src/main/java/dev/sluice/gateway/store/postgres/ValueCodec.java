package dev.sluice.gateway.store.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * A single value in PostgreSQL's binary format, in an unpooled heap buffer. The driver has codecs for these classes
 * too, but they take pooled buffers, and up to r2dbc-postgresql 1.1.1 unsent buffers are not released when the
 * connection breaks (its issue 717).
 *
 * @param <T> the value's class
 */
final class ValueCodec<T> extends ParameterCodec<T> {

    private final Function<T, ByteBuf> encoder;

    private ValueCodec(Class<T> type, PostgresqlObjectId dataType, Function<T, ByteBuf> encoder) {
        super(type, dataType);
        this.encoder = encoder;
    }

    /** For values of one width. */
    static <T> ValueCodec<T> ofFixed(
            Class<T> type, PostgresqlObjectId dataType, int width, BiConsumer<ByteBuf, T> writer) {
        return new ValueCodec<>(type, dataType, value -> {
            ByteBuf out = Unpooled.buffer(width);
            writer.accept(out, value);
            return out;
        });
    }

    static ValueCodec<String> ofText() {
        return new ValueCodec<>(
                String.class,
                PostgresqlObjectId.TEXT,
                value -> Unpooled.wrappedBuffer(value.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    ByteBuf encodeBinary(T value) {
        return encoder.apply(value);
    }
}
