package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.FAILURE;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.KIND;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.EventPage;
import dev.sluice.gateway.request.LoggedEvent;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EventPagesIT {

    private static final Fence FIRST_RUN = new Fence(1, 0);

    private static TestStore it;

    @BeforeAll
    static void open() {
        it = TestStore.open();
    }

    @AfterAll
    static void close() {
        it.close();
    }

    @Test
    void tellsTheLogInPagesWithoutAGap() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        RequestId id = request.id();
        it.change(
                id,
                new RequestEvent.Started(NOW, FIRST_RUN, 1, PROCESSOR, false),
                new RequestEvent.Progress(NOW, FIRST_RUN, 2, "{\"percent\":10}"),
                new RequestEvent.Output(NOW, FIRST_RUN, 3, new byte[] {-1}));
        it.change(id, new RequestEvent.Retrying(NOW, FIRST_RUN, 4, FAILURE, true, Instant.EPOCH));
        await(it.backlog.enterDue(KIND, 10));
        await(it.backlog.dispatch(KIND, GATEWAY, Backlog.Place.START, 1_000, Long.MAX_VALUE));
        it.change(id, new RequestEvent.Started(NOW, new Fence(2, 0), 1, PROCESSOR, false));
        it.change(id, new RequestEvent.Succeeded(NOW, new Fence(2, 0), 2, TestRequests.RESULT));

        List<LoggedEvent> paged = new ArrayList<>();
        EventPage page = await(it.reader.events(CLIENT, id, 0, 2));
        paged.addAll(page.events());
        while (page.more()) {
            page = await(it.reader.events(CLIENT, id, paged.getLast().seq(), 2));
            assertThat(page.complete()).isTrue();
            paged.addAll(page.events());
        }

        assertThat(paged).extracting(LoggedEvent::seq).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(paged)
                .extracting(LoggedEvent::type)
                .containsExactly(
                        "accepted",
                        "queued",
                        "started",
                        "progress",
                        "output",
                        "retrying",
                        "queued",
                        "started",
                        "succeeded");
        assertThat(page.state()).isEqualTo(RequestState.SUCCEEDED);
        assertThat(await(it.reader.events(CLIENT, id, 0, 100)).events()).isEqualTo(paged);
        assertThat(await(it.reader.events(CLIENT, id, 9, 100)).events()).isEmpty();
    }

    @Test
    void saysWhenTheLogNoLongerReachesBack() throws SQLException {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        it.change(request.id(), new RequestEvent.Started(NOW, FIRST_RUN, 1, PROCESSOR, false));
        it.change(request.id(), new RequestEvent.Progress(NOW, FIRST_RUN, 2, "1"));
        it.execute("delete from request_log where id = '%s' and first_seq = 3"
                .formatted(request.id().value()));

        EventPage page = await(it.reader.events(CLIENT, request.id(), 2, 10));

        assertThat(page.complete()).isFalse();
        assertThat(page.events()).extracting(LoggedEvent::seq).containsExactly(4);
    }

    @Test
    void staysReadableWhateverAProcessorCallsProgress() {
        NewRequest request = TestRequests.queued();
        it.insert(request);

        it.change(request.id(), new RequestEvent.Progress(NOW, FIRST_RUN, 1, "}{ not JSON"));

        assertThat(await(it.reader.events(CLIENT, request.id(), 2, 10)).events())
                .singleElement()
                .extracting(LoggedEvent::data)
                .isEqualTo("{\"progress\":null}");
    }
}
