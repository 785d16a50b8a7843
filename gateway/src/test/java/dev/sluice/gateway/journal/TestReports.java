package dev.sluice.gateway.journal;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.message.RequestId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Snapshots of one request and reports on it; a test states only the values that matter to it. */
public final class TestReports {

    public static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
    public static final Instant EXPIRES = NOW.plus(Duration.ofDays(7));
    public static final UUID PROCESSOR = UUID.fromString("00000000-0000-4000-8000-00000000000b");
    public static final UUID OTHER_PROCESSOR = UUID.fromString("00000000-0000-4000-8000-00000000000c");
    public static final Fence FIRST_RUN = new Fence(1, 0);
    public static final Failure FAILURE = new Failure("upstream-timeout", "The target did not answer", "");
    static final Payload RESULT = new Payload(Payload.JSON, "{}".getBytes(StandardCharsets.UTF_8));

    static final KindPolicy KIND = new KindPolicy(
            "thumbnail",
            64,
            16,
            6,
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            1 << 20,
            1 << 10,
            1_000,
            1L << 30,
            Duration.ofDays(7),
            Set.of());

    private final RequestId id;

    public TestReports() {
        this(new RequestId(UUID.fromString("01936d3c-0000-7000-8000-000000000001")));
    }

    TestReports(RequestId id) {
        this.id = id;
    }

    /** On its first run and first attempt, as far as the request got in {@code state}. */
    public RequestSnapshot snapshot(RequestState state) {
        return snapshot(state, state == RequestState.QUEUED ? 0 : 1);
    }

    public RequestSnapshot snapshot(RequestState state, int attempt) {
        boolean runs = state == RequestState.RUNNING || state == RequestState.CANCELING;
        return new RequestSnapshot(
                id,
                Clients.LOCAL,
                KIND.name(),
                state,
                FIRST_RUN,
                state == RequestState.QUEUED ? 0 : 1,
                3,
                attempt,
                KIND.maxAttempts(),
                0,
                false,
                runs ? PROCESSOR : null,
                EXPIRES);
    }

    Report.Started started(Fence fence, int ordinal) {
        return started(fence, ordinal, false);
    }

    Report.Started started(Fence fence, int ordinal, boolean alone) {
        return new Report.Started(id, fence, ordinal, NOW, alone);
    }

    Report.Progress progress(Fence fence, int ordinal) {
        return new Report.Progress(id, fence, ordinal, NOW, "0.5");
    }

    Report.Output output(Fence fence, int ordinal) {
        return new Report.Output(id, fence, ordinal, NOW, new byte[] {1, 2, 3});
    }

    Report.Succeeded succeeded(Fence fence, int ordinal) {
        return succeeded(fence, ordinal, RESULT);
    }

    Report.Succeeded succeeded(Fence fence, int ordinal, Payload result) {
        return new Report.Succeeded(id, fence, ordinal, NOW, result);
    }

    /** Of the first run, after it started. */
    Report.Failed failed(FailureClass failureClass, @Nullable Duration retryAfter) {
        return failed(FIRST_RUN, failureClass, retryAfter);
    }

    /** After it started. */
    Report.Failed failed(Fence fence, FailureClass failureClass, @Nullable Duration retryAfter) {
        return new Report.Failed(id, fence, 2, NOW, failureClass, FAILURE, retryAfter);
    }

    Report.Released released(Fence fence, int ordinal, Cause cause) {
        return new Report.Released(id, fence, ordinal, NOW, cause, Duration.ZERO, 1);
    }

    /** Of the first run, before it started. */
    Report.Released handedBackFor(Duration pause) {
        return handedBackFor(FIRST_RUN, pause);
    }

    Report.Released handedBackFor(Fence fence, Duration pause) {
        return new Report.Released(id, fence, 1, NOW, Cause.HANDED_BACK, pause, 1);
    }

    /** Of the first run, before it started. */
    Report.Released tooBig(int cost) {
        return new Report.Released(id, FIRST_RUN, 1, NOW, Cause.COST_EXCEEDS_TOKENS, Duration.ofSeconds(1), cost);
    }

    Report.Canceled canceled(Fence fence, int ordinal) {
        return new Report.Canceled(id, fence, ordinal, NOW);
    }

    /** Four reports in order. */
    List<Report> wholeRun() {
        return List.of(started(FIRST_RUN, 1), progress(FIRST_RUN, 2), output(FIRST_RUN, 3), succeeded(FIRST_RUN, 4));
    }

    /** The whole runs of these requests, one after the other. */
    static List<Report> wholeRuns(List<NewRequest> requests) {
        return requests.stream()
                .flatMap(request -> new TestReports(request.id()).wholeRun().stream())
                .toList();
    }
}
