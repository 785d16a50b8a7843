package dev.sluice.message;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes one message into a growing array. Not thread-safe; used for one message. */
final class FrameWriter {

    private byte[] bytes;
    private int at;

    FrameWriter(byte type, int expectedBytes) {
        bytes = new byte[Math.max(64, expectedBytes)];
        writeByte(Wire.VERSION);
        writeByte(type);
    }

    byte[] toBytes() {
        return at == bytes.length ? bytes : Arrays.copyOf(bytes, at);
    }

    /** Begins a frame; its length is written by {@link #end}. */
    int begin() {
        int start = at;
        writeInt(0);
        return start;
    }

    void end(int start) {
        int length = at - start - Integer.BYTES;
        Wire.INT.set(bytes, start, length);
    }

    void writeByte(int value) {
        room(1);
        bytes[at++] = (byte) value;
    }

    void writeBoolean(boolean value) {
        writeByte(value ? 1 : 0);
    }

    void writeInt(int value) {
        room(Integer.BYTES);
        Wire.INT.set(bytes, at, value);
        at += Integer.BYTES;
    }

    void writeLong(long value) {
        room(Long.BYTES);
        Wire.LONG.set(bytes, at, value);
        at += Long.BYTES;
    }

    /** To the microsecond, as Postgres keeps it. */
    void writeInstant(Instant instant) {
        writeLong(Wire.micros(instant));
    }

    void writeUuid(UUID uuid) {
        writeLong(uuid.getMostSignificantBits());
        writeLong(uuid.getLeastSignificantBits());
    }

    void writeId(RequestId id) {
        writeUuid(id.value());
    }

    void writeFence(Fence fence) {
        writeInt(fence.dispatch());
        writeInt(fence.delivery());
    }

    void writeBytes(byte[] value) {
        writeInt(value.length);
        room(value.length);
        System.arraycopy(value, 0, bytes, at, value.length);
        at += value.length;
    }

    void writeString(String value) {
        writeBytes(value.getBytes(StandardCharsets.UTF_8));
    }

    void writeOptional(@Nullable String value) {
        writeBoolean(value != null);
        if (value != null) {
            writeString(value);
        }
    }

    void writePayload(Payload payload) {
        writeString(payload.contentType());
        writeBytes(payload.bytes());
    }

    private void room(int more) {
        if (bytes.length - at < more) {
            bytes = Arrays.copyOf(bytes, Math.max(at + more, bytes.length + (bytes.length >> 1)));
        }
    }
}
