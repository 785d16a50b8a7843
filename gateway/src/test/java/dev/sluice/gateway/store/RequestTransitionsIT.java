package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.FAILURE;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rule of {@code after} stands in the store's SQL as well. */
class RequestTransitionsIT {

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

    /** For every pair the row becomes what the snapshot becomes. */
    @Test
    void storesEveryPairOfStateAndEventAsTheSnapshotSays() throws SQLException {
        for (RequestState state : RequestState.values()) {
            for (RequestEvent event : TestRequests.events()) {
                RequestId id = stored(state);
                RequestSnapshot before = it.snapshot(id);

                it.change(id, event);

                String pair = state + " and " + event.getClass().getSimpleName();
                RequestSnapshot after = before.after(event);
                assertThat(it.snapshot(id)).as(pair).isEqualTo(after);
                assertThat(it.query("select dispatched from request where id = '%s'".formatted(id.value())))
                        .as(pair)
                        .containsExactly(after.state().isDispatched() ? "t" : "f");
                boolean returned = !after.equals(before) && after.state().isWaiting();
                boolean stayed = state.isWaiting() && !after.state().isDone(); // only a dispatch takes its place
                assertThat(it.query("select count(*) from backlog where id = '%s'".formatted(id.value())))
                        .as(pair)
                        .containsExactly(stayed || returned ? "1" : "0");
            }
        }
    }

    /** A request in this state, brought there by events. */
    private RequestId stored(RequestState state) {
        NewRequest request = state.isWaiting() ? TestRequests.waiting() : TestRequests.queued();
        it.insert(request);
        RequestId id = request.id();
        RequestEvent started = new RequestEvent.Started(NOW, FIRST_RUN, 1, PROCESSOR, false);
        switch (state) {
            case ACCEPTED, QUEUED -> {}
            case RUNNING -> it.change(id, started);
            case RETRYING -> {
                it.change(id, new RequestEvent.Queued(NOW, 1));
                execute("delete from backlog where id = '%s'".formatted(id.value()));
                it.change(id, new RequestEvent.Retrying(NOW, FIRST_RUN, 1, FAILURE, true, NOW.plusSeconds(60)));
            }
            case CANCELING -> it.change(id, started, new RequestEvent.Canceling(NOW));
            case SUCCEEDED -> it.change(id, new RequestEvent.Succeeded(NOW, FIRST_RUN, 1, TestRequests.RESULT));
            case FAILED -> it.change(id, new RequestEvent.Failed(NOW, FIRST_RUN, 1, FailureClass.PERMANENT, FAILURE));
            case CANCELED ->
                it.change(id, new RequestEvent.Canceling(NOW), new RequestEvent.Canceled(NOW, FIRST_RUN, 1));
            case UNKNOWN -> // as a newer version may write it
                execute("update request set state = 99, dispatched = false where id = '%s'".formatted(id.value()));
        }
        assertThat(it.snapshot(id).state()).isEqualTo(state);
        return id;
    }

    private static void execute(String sql) {
        try {
            it.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
