package dev.sluice.message;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One report of a batch: its sort, the run it belongs to, then the fields of its sort. */
final class ReportCodec {

    private static final byte STARTED = 1;
    private static final byte PROGRESS = 2;
    private static final byte OUTPUT = 3;
    private static final byte SUCCEEDED = 4;
    private static final byte FAILED = 5;
    private static final byte RELEASED = 6;
    private static final byte CANCELED = 7;

    private static final long NO_DURATION = -1;

    static void write(FrameWriter out, Report report) {
        switch (report) {
            case Report.Started started -> {
                head(out, STARTED, report);
                out.writeBoolean(started.alone());
            }
            case Report.Progress progress -> {
                head(out, PROGRESS, report);
                out.writeString(progress.json());
            }
            case Report.Output output -> {
                head(out, OUTPUT, report);
                out.writeBytes(output.chunk());
            }
            case Report.Succeeded succeeded -> {
                head(out, SUCCEEDED, report);
                out.writePayload(succeeded.result());
            }
            case Report.Failed failed -> {
                head(out, FAILED, report);
                writeFailure(out, failed);
            }
            case Report.Released released -> {
                head(out, RELEASED, report);
                out.writeByte(code(released.cause()));
                out.writeLong(released.pause().toMillis());
                out.writeInt(released.cost());
            }
            case Report.Canceled _ -> head(out, CANCELED, report);
        }
    }

    static Report read(FrameReader in) {
        byte sort = in.readByte();
        RequestId id = in.readId();
        Fence fence = in.readFence();
        int ordinal = in.readInt();
        Instant at = in.readInstant();
        return switch (sort) {
            case STARTED -> new Report.Started(id, fence, ordinal, at, in.readBoolean());
            case PROGRESS -> new Report.Progress(id, fence, ordinal, at, in.readString());
            case OUTPUT -> new Report.Output(id, fence, ordinal, at, in.readBytes());
            case SUCCEEDED -> new Report.Succeeded(id, fence, ordinal, at, in.readPayload());
            case FAILED ->
                new Report.Failed(
                        id, fence, ordinal, at, failureClass(in.readByte()), failure(in), duration(in.readLong()));
            case RELEASED ->
                new Report.Released(
                        id, fence, ordinal, at, cause(in.readByte()), Duration.ofMillis(in.readLong()), in.readInt());
            case CANCELED -> new Report.Canceled(id, fence, ordinal, at);
            default -> throw new UnreadableMessageException("report of sort " + sort);
        };
    }

    private static void head(FrameWriter out, byte sort, Report report) {
        out.writeByte(sort);
        out.writeId(report.id());
        out.writeFence(report.fence());
        out.writeInt(report.ordinal());
        out.writeInstant(report.at());
    }

    private static void writeFailure(FrameWriter out, Report.Failed failed) {
        out.writeByte(
                switch (failed.failureClass()) {
                    case TRANSIENT -> 1;
                    case PERMANENT -> 2;
                    case NOT_YET -> 3;
                });
        out.writeString(failed.failure().code());
        out.writeString(failed.failure().title());
        out.writeString(failed.failure().detail());
        Duration retryAfter = failed.retryAfter();
        out.writeLong(retryAfter == null ? NO_DURATION : retryAfter.toMillis());
    }

    private static FailureClass failureClass(byte code) {
        return switch (code) {
            case 1 -> FailureClass.TRANSIENT;
            case 2 -> FailureClass.PERMANENT;
            case 3 -> FailureClass.NOT_YET;
            default -> throw new UnreadableMessageException("failure class " + code);
        };
    }

    private static byte code(Report.Released.Cause cause) {
        return switch (cause) {
            case HANDED_BACK -> 1;
            case REDELIVERED -> 2;
            case COST_EXCEEDS_TOKENS -> 3;
            case MAY_RUN_ELSEWHERE -> 4;
        };
    }

    private static Report.Released.Cause cause(byte code) {
        return switch (code) {
            case 1 -> Report.Released.Cause.HANDED_BACK;
            case 2 -> Report.Released.Cause.REDELIVERED;
            case 3 -> Report.Released.Cause.COST_EXCEEDS_TOKENS;
            case 4 -> Report.Released.Cause.MAY_RUN_ELSEWHERE;
            default -> throw new UnreadableMessageException("cause " + code + " of a release");
        };
    }

    private static Failure failure(FrameReader in) {
        return new Failure(in.readString(), in.readString(), in.readString());
    }

    private static @Nullable Duration duration(long millis) {
        return millis == NO_DURATION ? null : Duration.ofMillis(millis);
    }

    private ReportCodec() {}
}
