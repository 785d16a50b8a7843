package dev.sluice.gateway.request;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;

/** Valid requests, snapshots and events; a test states only what matters to it. */
public final class TestRequests {

    public static final Client CLIENT = new Client("local");
    public static final String KIND = "thumbnail";
    public static final UUID GATEWAY = UUID.fromString("00000000-0000-4000-8000-00000000000a");
    public static final UUID PROCESSOR = UUID.fromString("00000000-0000-4000-8000-00000000000b");

    /** One moment for all tests of a JVM, and a real one: there are partitions for days around now only. */
    @SuppressWarnings("TimeInStaticInitializer") // captured once is what is wanted
    public static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);

    public static final Failure FAILURE = new Failure("upstream-timeout", "The target did not answer", "after 30 s");
    public static final Payload RESULT = new Payload("image/png", new byte[] {1, 0, -1});

    /** Each is larger than the one before. */
    private static final NoArgGenerator IDS = Generators.timeBasedEpochGenerator(new Random());

    public static RequestId id() {
        return new RequestId(IDS.generate());
    }

    /** Goes to the backlog. */
    public static NewRequest waiting() {
        return request(id(), KIND, payload("{}"), false);
    }

    public static NewRequest waiting(String kind, Payload payload) {
        return request(id(), kind, payload, false);
    }

    /** Goes straight to the broker. */
    public static NewRequest queued() {
        return request(id(), KIND, payload("{}"), true);
    }

    public static List<NewRequest> waiting(int count) {
        return IntStream.range(0, count).mapToObj(_ -> waiting()).toList();
    }

    public static NewRequest request(RequestId id, String kind, Payload payload, boolean queued) {
        return new NewRequest(
                id,
                CLIENT,
                kind,
                new RequestOptions(1, 5, Duration.ofSeconds(60), null),
                NOW,
                NOW.plus(Duration.ofDays(7)),
                payload,
                queued);
    }

    public static Payload payload(String text) {
        return new Payload(Payload.JSON, text.getBytes(StandardCharsets.UTF_8));
    }

    public static List<RequestId> idsOf(List<NewRequest> requests) {
        return requests.stream().map(NewRequest::id).toList();
    }

    /** In {@code state}, on its first run where it is out. */
    public static RequestSnapshot snapshot(RequestId id, RequestState state) {
        boolean heard = state == RequestState.RUNNING || state.isDone();
        return new RequestSnapshot(
                id,
                CLIENT,
                KIND,
                state,
                state == RequestState.ACCEPTED ? Fence.NONE : new Fence(1, 0),
                heard ? 1 : 0,
                heard ? 3 : 2,
                heard ? 1 : 0,
                5,
                0,
                false,
                state == RequestState.RUNNING ? PROCESSOR : null,
                NOW.plusSeconds(3_600));
    }

    /** One of each kind of event, as the next of the first run. */
    public static List<RequestEvent> events() {
        Fence fence = new Fence(1, 0);
        return List.of(
                new RequestEvent.Accepted(NOW),
                new RequestEvent.Queued(NOW, 2),
                new RequestEvent.Started(NOW, fence, 2, PROCESSOR, false),
                new RequestEvent.Progress(NOW, fence, 2, "{\"percent\":50}"),
                new RequestEvent.Output(NOW, fence, 2, new byte[] {'h', 'i'}),
                new RequestEvent.Retrying(NOW, fence, 2, FAILURE, true, NOW.plusSeconds(1)),
                new RequestEvent.Returned(NOW, fence, 2, RequestEvent.Returned.Reason.HANDED_BACK, NOW),
                new RequestEvent.Succeeded(NOW, fence, 2, RESULT),
                new RequestEvent.Failed(NOW, fence, 2, FailureClass.PERMANENT, FAILURE),
                new RequestEvent.Canceling(NOW),
                new RequestEvent.Canceled(NOW, fence, 2));
    }

    private TestRequests() {}
}
