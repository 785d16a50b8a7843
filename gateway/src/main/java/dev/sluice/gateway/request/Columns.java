package dev.sluice.gateway.request;

import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads columns by position, from 0. */
final class Columns {

    static RequestId id(Row row, int index) {
        return new RequestId(uuid(row, index));
    }

    static UUID uuid(Row row, int index) {
        return Objects.requireNonNull(row.get(index, UUID.class));
    }

    static @Nullable UUID uuidOrNull(Row row, int index) {
        return row.get(index, UUID.class);
    }

    static String text(Row row, int index) {
        return Objects.requireNonNull(row.get(index, String.class));
    }

    static @Nullable String textOrNull(Row row, int index) {
        return row.get(index, String.class);
    }

    static int integer(Row row, int index) {
        return Objects.requireNonNull(row.get(index, Integer.class));
    }

    static @Nullable Integer integerOrNull(Row row, int index) {
        return row.get(index, Integer.class);
    }

    static long bigint(Row row, int index) {
        return Objects.requireNonNull(row.get(index, Long.class));
    }

    static boolean bool(Row row, int index) {
        return Objects.requireNonNull(row.get(index, Boolean.class));
    }

    static byte[] bytes(Row row, int index) {
        return Objects.requireNonNull(row.get(index, byte[].class));
    }

    static Instant instant(Row row, int index) {
        return Objects.requireNonNull(instantOrNull(row, index));
    }

    static @Nullable Instant instantOrNull(Row row, int index) {
        OffsetDateTime time = row.get(index, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static RequestState state(Row row, int index) {
        return RequestState.of(integer(row, index));
    }

    /** Two columns: dispatch and delivery. */
    static Fence fence(Row row, int index) {
        return new Fence(integer(row, index), integer(row, index + 1));
    }

    private Columns() {}
}
