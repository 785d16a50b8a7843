package dev.sluice.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Messages to bytes and back. All methods are pure; reading ends with {@link UnreadableMessageException} if the bytes
 * are no message.
 */
public final class Wire {

    static final byte VERSION = 2;

    static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final byte WORK = 1;
    private static final byte REPORTS = 2;
    private static final byte HEARTBEAT = 3;
    private static final byte ANNOUNCEMENT = 4;
    private static final byte CANCEL = 5;
    private static final byte FORSAKE = 6;

    /**
     * Bytes of an item in an envelope beside its payload, traceparent and content type; an upper estimate for sizing.
     */
    public static final int ITEM_OVERHEAD = 96;

    private static final int MICROS_PER_SECOND = 1_000_000;

    public static byte[] encode(WorkEnvelope envelope) {
        FrameWriter out = new FrameWriter(WORK, expectedBytes(envelope));
        out.writeString(envelope.kind());
        writeAll(out, envelope.items(), WorkCodec::write);
        return out.toBytes();
    }

    public static WorkEnvelope decodeWork(byte[] bytes) {
        FrameReader in = open(bytes, WORK);
        String kind = in.readString();
        List<WorkItem> items = readAll(in, WorkCodec::read);
        if (items.isEmpty()) {
            throw new UnreadableMessageException("an envelope without requests");
        }
        return new WorkEnvelope(kind, items);
    }

    public static byte[] encode(StatusMessage message) {
        return switch (message) {
            case StatusMessage.ReportBatch batch -> {
                FrameWriter out = new FrameWriter(REPORTS, 64 * batch.reports().size());
                out.writeUuid(batch.processor());
                writeAll(out, batch.reports(), ReportCodec::write);
                yield out.toBytes();
            }
            case StatusMessage.Heartbeat heartbeat -> {
                FrameWriter out = new FrameWriter(HEARTBEAT, 256);
                HeartbeatCodec.write(out, heartbeat);
                yield out.toBytes();
            }
        };
    }

    public static StatusMessage decodeStatus(byte[] bytes) {
        FrameReader in = new FrameReader(bytes);
        byte type = in.readByte();
        return switch (type) {
            case REPORTS -> new StatusMessage.ReportBatch(in.readUuid(), readAll(in, ReportCodec::read));
            case HEARTBEAT -> HeartbeatCodec.read(in);
            default -> throw new UnreadableMessageException("type " + type + " is not a status message");
        };
    }

    public static byte[] encode(Announcement announcement) {
        FrameWriter out =
                new FrameWriter(ANNOUNCEMENT, 64 + 25 * announcement.changes().size());
        out.writeUuid(announcement.gateway());
        writeAll(out, announcement.changes(), (frame, change) -> {
            frame.writeId(change.id());
            frame.writeInt(change.seq());
            frame.writeByte(change.state());
        });
        writeAll(out, announcement.freed(), (frame, freed) -> {
            frame.writeString(freed.kind());
            frame.writeInt(freed.count());
        });
        writeAll(out, announcement.waiting(), FrameWriter::writeString);
        return out.toBytes();
    }

    public static Announcement decodeAnnouncement(byte[] bytes) {
        FrameReader in = open(bytes, ANNOUNCEMENT);
        return new Announcement(
                in.readUuid(),
                readAll(in, frame -> new Announcement.Change(frame.readId(), frame.readInt(), frame.readByte())),
                readAll(in, frame -> new Announcement.Freed(frame.readString(), frame.readInt())),
                readAll(in, FrameReader::readString));
    }

    public static byte[] encode(ControlMessage message) {
        return switch (message) {
            case ControlMessage.Cancel cancel -> {
                FrameWriter out = new FrameWriter(CANCEL, 16 + 20 * cancel.ids().size());
                writeAll(out, cancel.ids(), FrameWriter::writeId);
                yield out.toBytes();
            }
            case ControlMessage.Forsake forsake -> {
                FrameWriter out =
                        new FrameWriter(FORSAKE, 16 + 24 * forsake.dispatches().size());
                writeAll(out, forsake.dispatches(), (frame, dispatch) -> {
                    frame.writeId(dispatch.id());
                    frame.writeInt(dispatch.dispatch());
                });
                yield out.toBytes();
            }
        };
    }

    public static ControlMessage decodeControl(byte[] bytes) {
        FrameReader in = new FrameReader(bytes);
        byte type = in.readByte();
        return switch (type) {
            case CANCEL -> new ControlMessage.Cancel(readAll(in, FrameReader::readId));
            case FORSAKE ->
                new ControlMessage.Forsake(
                        readAll(in, frame -> new ControlMessage.Dispatch(frame.readId(), frame.readInt())));
            default -> throw new UnreadableMessageException("type " + type + " is not a control message");
        };
    }

    static <T> void writeAll(FrameWriter out, List<T> values, BiConsumer<FrameWriter, T> write) {
        out.writeInt(values.size());
        for (T value : values) {
            int start = out.begin();
            write.accept(out, value);
            out.end(start);
        }
    }

    static <T> List<T> readAll(FrameReader in, Function<FrameReader, T> read) {
        int count = in.readCount(Integer.BYTES);
        List<T> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int outer = in.enter();
            values.add(read.apply(in));
            in.leave(outer);
        }
        return values;
    }

    static long micros(Instant instant) {
        return instant.getEpochSecond() * MICROS_PER_SECOND + instant.getNano() / 1_000;
    }

    static Instant instant(long micros) {
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * 1_000L);
    }

    private static FrameReader open(byte[] bytes, byte expected) {
        FrameReader in = new FrameReader(bytes);
        byte type = in.readByte();
        if (type != expected) {
            throw new UnreadableMessageException("type " + type + " where " + expected + " was expected");
        }
        return in;
    }

    private static int expectedBytes(WorkEnvelope envelope) {
        int sum = 64;
        for (WorkItem item : envelope.items()) {
            sum += ITEM_OVERHEAD + 128 + item.payload().size();
        }
        return sum;
    }

    private Wire() {}
}
