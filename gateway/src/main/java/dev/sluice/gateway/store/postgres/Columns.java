package dev.sluice.gateway.store.postgres;

import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads columns by position, from 0. */
public final class Columns {

    public static RequestId id(Row row, int index) {
        return new RequestId(uuid(row, index));
    }

    public static UUID uuid(Row row, int index) {
        return Objects.requireNonNull(row.get(index, UUID.class));
    }

    public static @Nullable UUID uuidOrNull(Row row, int index) {
        return row.get(index, UUID.class);
    }

    public static Client client(Row row, int index) {
        return new Client(text(row, index));
    }

    public static String text(Row row, int index) {
        return Objects.requireNonNull(row.get(index, String.class));
    }

    public static @Nullable String textOrNull(Row row, int index) {
        return row.get(index, String.class);
    }

    public static int integer(Row row, int index) {
        return Objects.requireNonNull(row.get(index, Integer.class));
    }

    static @Nullable Integer integerOrNull(Row row, int index) {
        return row.get(index, Integer.class);
    }

    public static long bigint(Row row, int index) {
        return Objects.requireNonNull(row.get(index, Long.class));
    }

    public static boolean bool(Row row, int index) {
        return Objects.requireNonNull(row.get(index, Boolean.class));
    }

    public static byte[] bytes(Row row, int index) {
        return Objects.requireNonNull(row.get(index, byte[].class));
    }

    public static Instant instant(Row row, int index) {
        return Objects.requireNonNull(instantOrNull(row, index));
    }

    public static @Nullable Instant instantOrNull(Row row, int index) {
        OffsetDateTime time = row.get(index, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    public static RequestState state(Row row, int index) {
        return RequestState.of(integer(row, index));
    }

    /** Two columns: dispatch and delivery. */
    public static Fence fence(Row row, int index) {
        return new Fence(integer(row, index), integer(row, index + 1));
    }

    private Columns() {}
}
