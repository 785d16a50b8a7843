package dev.sluice.gateway.store.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import java.lang.reflect.Array;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a one-dimensional Java array in the format of PostgreSQL's {@code array_recv}: a header of five integers
 * (dimensions, null flag, element type, length, lower bound), then length and bytes of each element, where a length
 * of -1 means null.
 *
 * <p>Each parameter is written to one unpooled heap buffer of the exact size. The driver copies it into its (pooled,
 * direct) send buffer anyway, and does not release parameters when the connection breaks before that copy: unpooled
 * heap memory cannot leak then.
 *
 * @param <A> the array type
 */
final class BinaryArrayCodec<A> extends ParameterCodec<A> {

    private static final int LENGTH_OF_NULL = -1;
    private static final int HEADER_BYTES = 5 * Integer.BYTES;
    private static final int EMPTY_HEADER_BYTES = 3 * Integer.BYTES;

    private final Function<A, ByteBuf> encoder;

    private BinaryArrayCodec(Class<A> type, PostgresqlObjectId arrayType, Function<A, ByteBuf> encoder) {
        super(type, arrayType);
        this.encoder = encoder;
    }

    /** For elements of one width; {@code writer} is not called for elements that are null. */
    static <A> BinaryArrayCodec<A> ofFixed(
            Class<A> type,
            PostgresqlObjectId arrayType,
            PostgresqlObjectId elementType,
            int width,
            ElementWriter<A> writer) {
        return new BinaryArrayCodec<>(type, arrayType, array -> {
            int length = Array.getLength(array);
            Object[] nullable = array instanceof Object[] references ? references : null;
            int nulls = nullable == null ? 0 : countNulls(nullable);
            ByteBuf out = start(elementType, length, nulls, (long) (length - nulls) * width);
            for (int i = 0; i < length; i++) {
                if (nullable != null && nullable[i] == null) {
                    out.writeInt(LENGTH_OF_NULL);
                } else {
                    out.writeInt(width);
                    writer.write(out, array, i);
                }
            }
            return out;
        });
    }

    /** For elements of varying width, that {@code toBytes} turns into their binary representations. */
    static <A> BinaryArrayCodec<A> ofBytes(
            Class<A> type,
            PostgresqlObjectId arrayType,
            PostgresqlObjectId elementType,
            Function<A, byte[] @Nullable []> toBytes) {
        return new BinaryArrayCodec<>(type, arrayType, array -> {
            byte[] @Nullable [] elements = toBytes.apply(array);
            long elementBytes = 0;
            for (byte[] element : elements) {
                elementBytes += element == null ? 0 : element.length;
            }
            ByteBuf out = start(elementType, elements.length, countNulls(elements), elementBytes);
            for (byte[] element : elements) {
                if (element == null) {
                    out.writeInt(LENGTH_OF_NULL);
                } else {
                    out.writeInt(element.length).writeBytes(element);
                }
            }
            return out;
        });
    }

    @Override
    ByteBuf encodeBinary(A array) {
        return encoder.apply(array);
    }

    /** The buffer for {@code length} elements with {@code elementBytes} in total, header written. */
    private static ByteBuf start(PostgresqlObjectId elementType, int length, int nulls, long elementBytes) {
        if (length == 0) {
            return Unpooled.buffer(EMPTY_HEADER_BYTES).writeInt(0).writeInt(0).writeInt(elementType.getObjectId());
        }
        int size = Math.toIntExact(HEADER_BYTES + (long) length * Integer.BYTES + elementBytes);
        return Unpooled.buffer(size)
                .writeInt(1)
                .writeInt(nulls == 0 ? 0 : 1)
                .writeInt(elementType.getObjectId())
                .writeInt(length)
                .writeInt(1);
    }

    private static int countNulls(@Nullable Object[] array) {
        int nulls = 0;
        for (Object element : array) {
            if (element == null) {
                nulls++;
            }
        }
        return nulls;
    }

    /** Writes one element without its length. */
    @FunctionalInterface
    interface ElementWriter<A> {
        void write(ByteBuf out, A array, int index);
    }
}
