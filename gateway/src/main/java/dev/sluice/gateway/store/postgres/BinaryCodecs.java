package dev.sluice.gateway.store.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.codec.Codec;
import io.r2dbc.postgresql.codec.CodecRegistry;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.postgresql.extension.CodecRegistrar;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Replaces the text encodings that r2dbc-postgresql uses for {@code bytea} and for arrays by PostgreSQL's binary
 * ones, and encodes all other parameters without pooled buffers. Only parameters are affected, plus the decoding of
 * {@code bytea} into {@code byte[]}; everything else is left to the driver.
 *
 * <p>A bound array or {@code byte[]} is read when the statement is subscribed to: it must not be changed before the
 * statement has completed.
 */
final class BinaryCodecs implements CodecRegistrar {

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long POSTGRES_EPOCH_SECONDS = 946_684_800; // 2000-01-01T00:00:00Z

    private static final LocalDate POSTGRES_EPOCH_DAY = LocalDate.of(2000, 1, 1);

    private static final List<Codec<?>> CODECS = List.of(
            ValueCodec.ofText(),
            ValueCodec.ofFixed(Integer.class, PostgresqlObjectId.INT4, Integer.BYTES, ByteBuf::writeInt),
            ValueCodec.ofFixed(Long.class, PostgresqlObjectId.INT8, Long.BYTES, ByteBuf::writeLong),
            ValueCodec.ofFixed(
                    Boolean.class, PostgresqlObjectId.BOOL, Byte.BYTES, (out, value) -> out.writeByte(value ? 1 : 0)),
            ValueCodec.ofFixed(UUID.class, PostgresqlObjectId.UUID, 2 * Long.BYTES, BinaryCodecs::writeUuid),
            ValueCodec.ofFixed(
                    Instant.class,
                    PostgresqlObjectId.TIMESTAMPTZ,
                    Long.BYTES,
                    (out, value) -> out.writeLong(toPostgresMicros(value))),
            ValueCodec.ofFixed(
                    LocalDate.class,
                    PostgresqlObjectId.DATE,
                    Integer.BYTES,
                    (out, value) -> out.writeInt(Math.toIntExact(POSTGRES_EPOCH_DAY.until(value, ChronoUnit.DAYS)))),
            new ByteaCodec(),
            BinaryArrayCodec.ofFixed(
                    short[].class,
                    PostgresqlObjectId.INT2_ARRAY,
                    PostgresqlObjectId.INT2,
                    Short.BYTES,
                    (out, array, i) -> out.writeShort(array[i])),
            BinaryArrayCodec.ofFixed(
                    int[].class,
                    PostgresqlObjectId.INT4_ARRAY,
                    PostgresqlObjectId.INT4,
                    Integer.BYTES,
                    (out, array, i) -> out.writeInt(array[i])),
            BinaryArrayCodec.ofFixed(
                    long[].class,
                    PostgresqlObjectId.INT8_ARRAY,
                    PostgresqlObjectId.INT8,
                    Long.BYTES,
                    (out, array, i) -> out.writeLong(array[i])),
            BinaryArrayCodec.ofFixed(
                    boolean[].class,
                    PostgresqlObjectId.BOOL_ARRAY,
                    PostgresqlObjectId.BOOL,
                    Byte.BYTES,
                    (out, array, i) -> out.writeByte(array[i] ? 1 : 0)),
            BinaryArrayCodec.ofFixed(
                    UUID[].class,
                    PostgresqlObjectId.UUID_ARRAY,
                    PostgresqlObjectId.UUID,
                    2 * Long.BYTES,
                    (out, array, i) -> writeUuid(out, array[i])),
            BinaryArrayCodec.ofFixed(
                    Instant[].class,
                    PostgresqlObjectId.TIMESTAMPTZ_ARRAY,
                    PostgresqlObjectId.TIMESTAMPTZ,
                    Long.BYTES,
                    (out, array, i) -> out.writeLong(toPostgresMicros(array[i]))),
            BinaryArrayCodec.ofBytes(
                    byte[][].class, PostgresqlObjectId.BYTEA_ARRAY, PostgresqlObjectId.BYTEA, array -> array),
            BinaryArrayCodec.ofBytes(
                    String[].class, PostgresqlObjectId.TEXT_ARRAY, PostgresqlObjectId.TEXT, BinaryCodecs::toUtf8));

    @Override
    public Publisher<Void> register(
            PostgresqlConnection connection, ByteBufAllocator allocator, CodecRegistry registry) {
        return Mono.fromRunnable(() -> CODECS.forEach(registry::addFirst));
    }

    /** Microseconds since 2000-01-01, rounded down; fails on instants that PostgreSQL cannot hold. */
    static long toPostgresMicros(Instant instant) {
        long seconds = Math.subtractExact(instant.getEpochSecond(), POSTGRES_EPOCH_SECONDS);
        return Math.addExact(Math.multiplyExact(seconds, MICROS_PER_SECOND), instant.getNano() / 1_000);
    }

    private static void writeUuid(ByteBuf out, UUID value) {
        out.writeLong(value.getMostSignificantBits()).writeLong(value.getLeastSignificantBits());
    }

    private static byte[] @Nullable [] toUtf8(@Nullable String[] array) {
        byte[] @Nullable [] encoded = new byte[array.length] @Nullable [];
        for (int i = 0; i < array.length; i++) {
            String element = array[i];
            encoded[i] = element == null ? null : element.getBytes(StandardCharsets.UTF_8);
        }
        return encoded;
    }
}
