package dev.sluice.message;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads one message; a message that does not add up is an {@link UnreadableMessageException}. Not thread-safe. */
final class FrameReader {

    private final byte[] bytes;
    private int at;
    private int limit;

    FrameReader(byte[] bytes) {
        this.bytes = bytes;
        limit = bytes.length;
        int version = readByte();
        if (version != Wire.VERSION) {
            throw new UnreadableMessageException("version " + version + ", this reader knows " + Wire.VERSION);
        }
    }

    /** Enters a frame; returns the mark for {@link #leave}. */
    int enter() {
        int length = readLength();
        int outer = limit;
        limit = at + length;
        return outer;
    }

    /** Leaves a frame, skipping anything that a newer writer added to it. */
    void leave(int outer) {
        at = limit;
        limit = outer;
    }

    /** A count of frames that follow, each at least {@code minBytes} long: a lying count cannot make us allocate. */
    int readCount(int minBytes) {
        int count = readInt();
        if (count < 0 || (long) count * minBytes > limit - at) {
            throw new UnreadableMessageException("a count of " + count + " with " + (limit - at) + " bytes left");
        }
        return count;
    }

    byte readByte() {
        need(1);
        return bytes[at++];
    }

    boolean readBoolean() {
        return readByte() != 0;
    }

    int readInt() {
        need(Integer.BYTES);
        int value = (int) Wire.INT.get(bytes, at);
        at += Integer.BYTES;
        return value;
    }

    long readLong() {
        need(Long.BYTES);
        long value = (long) Wire.LONG.get(bytes, at);
        at += Long.BYTES;
        return value;
    }

    Instant readInstant() {
        return Wire.instant(readLong());
    }

    UUID readUuid() {
        return new UUID(readLong(), readLong());
    }

    RequestId readId() {
        return new RequestId(readUuid());
    }

    Fence readFence() {
        return new Fence(readInt(), readInt());
    }

    byte[] readBytes() {
        int length = readLength();
        byte[] value = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return value;
    }

    String readString() {
        int length = readLength();
        String value = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return value;
    }

    @Nullable
    String readOptional() {
        return readBoolean() ? readString() : null;
    }

    Payload readPayload() {
        return new Payload(readString(), readBytes());
    }

    private int readLength() {
        int length = readInt();
        if (length < 0 || length > limit - at) {
            throw new UnreadableMessageException("a length of " + length + " with " + (limit - at) + " bytes left");
        }
        return length;
    }

    private void need(int count) {
        if (limit - at < count) {
            throw new UnreadableMessageException("cut off at byte " + at);
        }
    }
}
