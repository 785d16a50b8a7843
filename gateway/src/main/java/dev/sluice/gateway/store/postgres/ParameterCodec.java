package dev.sluice.gateway.store.postgres;

import io.netty.buffer.ByteBuf;
import io.r2dbc.postgresql.client.EncodedParameter;
import io.r2dbc.postgresql.codec.Codec;
import io.r2dbc.postgresql.codec.CodecMetadata;
import io.r2dbc.postgresql.codec.PostgresTypeIdentifier;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.postgresql.message.Format;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A codec that encodes exactly one Java class to exactly one PostgreSQL type in binary format, and decodes nothing
 * (the driver's codecs go on doing that).
 *
 * <p>It has to be {@link CodecMetadata}: the driver's lookup is preset from metadata, and a codec without would never
 * be asked for a class that a built-in codec names, even when it was registered first.
 */
abstract class ParameterCodec<T> implements Codec<T>, CodecMetadata {

    private final Class<T> type;
    private final PostgresqlObjectId dataType;

    ParameterCodec(Class<T> type, PostgresqlObjectId dataType) {
        this.type = type;
        this.dataType = dataType;
    }

    /** The binary representation, in a buffer of its own. */
    abstract ByteBuf encodeBinary(T value);

    @Override
    public final Class<?> type() {
        return type;
    }

    @Override
    public Iterable<? extends PostgresTypeIdentifier> getDataTypes() {
        return List.of();
    }

    @Override
    public final boolean canEncode(Object value) {
        return type.isInstance(value);
    }

    @Override
    public final boolean canEncodeNull(Class<?> type) {
        return this.type == type;
    }

    @Override
    public final EncodedParameter encode(Object value) {
        T typed = type.cast(value);
        // Deferred: nothing is allocated for a statement that never runs, and each run gets a buffer of its own.
        return new EncodedParameter(
                Format.FORMAT_BINARY, dataType.getObjectId(), Mono.fromSupplier(() -> encodeBinary(typed)));
    }

    @Override
    public final EncodedParameter encode(Object value, int dataType) {
        if (dataType != this.dataType.getObjectId()) {
            throw new IllegalArgumentException("Cannot encode %s as type with OID %d, only as %s"
                    .formatted(type.getSimpleName(), dataType, this.dataType));
        }
        return encode(value);
    }

    @Override
    public final EncodedParameter encodeNull() {
        return new EncodedParameter(Format.FORMAT_BINARY, dataType.getObjectId(), EncodedParameter.NULL_VALUE);
    }

    @Override
    public boolean canDecode(int dataType, Format format, Class<?> type) {
        return false;
    }

    @Override
    public @Nullable T decode(@Nullable ByteBuf buffer, int dataType, Format format, Class<? extends T> type) {
        throw new UnsupportedOperationException("Encodes only");
    }
}
