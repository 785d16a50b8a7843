package dev.sluice.message;

import java.util.Optional;
import java.util.UUID;

/**
 * The name of a request: {@code req_} and a UUIDv7, so ids sort by the time of their making.
 *
 * @param value a version 7 UUID
 */
public record RequestId(UUID value) implements Comparable<RequestId> {

    private static final String PREFIX = "req_";

    /** The id that {@code text} spells, or empty if it spells none. */
    public static Optional<RequestId> parse(String text) {
        if (text.length() != PREFIX.length() + 36 || !text.startsWith(PREFIX)) {
            return Optional.empty();
        }
        try {
            UUID uuid = UUID.fromString(text.substring(PREFIX.length()));
            return uuid.version() == 7 ? Optional.of(new RequestId(uuid)) : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** When the id was made, in milliseconds since 1970. */
    public long timeMs() {
        return value.getMostSignificantBits() >>> 16;
    }

    /** In the order in which Postgres sorts uuids: as unsigned bytes. */
    @Override
    public int compareTo(RequestId other) {
        int high = Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
    }

    @Override
    public String toString() {
        return PREFIX + value;
    }
}
