package dev.sluice.message;

import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.message.StatusMessage.KindOffer;

/** A heartbeat with its kinds and held runs. */
final class HeartbeatCodec {

    static void write(FrameWriter out, Heartbeat heartbeat) {
        out.writeUuid(heartbeat.processor());
        out.writeString(heartbeat.host());
        out.writeString(heartbeat.version());
        out.writeInstant(heartbeat.startedAt());
        out.writeInstant(heartbeat.at());
        out.writeLong(heartbeat.number());
        out.writeInt(heartbeat.intervalMs());
        out.writeInt(heartbeat.tokens());
        out.writeInt(heartbeat.tokensInUse());
        out.writeBoolean(heartbeat.stopping());
        Wire.writeAll(out, heartbeat.kinds(), (frame, offer) -> {
            frame.writeString(offer.kind());
            frame.writeInt(offer.tokens());
            frame.writeInt(offer.maxEnvelope());
        });
        Wire.writeAll(out, heartbeat.held(), (frame, held) -> {
            frame.writeId(held.id());
            frame.writeFence(held.fence());
            frame.writeBoolean(held.running());
        });
    }

    static Heartbeat read(FrameReader in) {
        return new Heartbeat(
                in.readUuid(),
                in.readString(),
                in.readString(),
                in.readInstant(),
                in.readInstant(),
                in.readLong(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readBoolean(),
                Wire.readAll(in, frame -> new KindOffer(frame.readString(), frame.readInt(), frame.readInt())),
                Wire.readAll(in, frame -> new Held(frame.readId(), frame.readFence(), frame.readBoolean())));
    }

    private HeartbeatCodec() {}
}
