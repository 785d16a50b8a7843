package dev.sluice.message;

import java.time.Duration;

/** One item of an envelope. */
final class WorkCodec {

    static void write(FrameWriter out, WorkItem item) {
        out.writeId(item.id());
        out.writeInt(item.dispatch());
        out.writeInt(item.attempt());
        out.writeInt(item.maxAttempts());
        out.writeInt(item.cost());
        out.writeBoolean(item.alone());
        out.writeLong(item.timeout().toMillis());
        out.writeInstant(item.acceptedAt());
        out.writeOptional(item.traceparent());
        out.writePayload(item.payload());
    }

    static WorkItem read(FrameReader in) {
        return new WorkItem(
                in.readId(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readBoolean(),
                Duration.ofMillis(in.readLong()),
                in.readInstant(),
                in.readOptional(),
                in.readPayload());
    }

    private WorkCodec() {}
}
