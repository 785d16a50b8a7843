package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Reading, waiting for and cancelling requests. */
@Timeout(180)
class ReadIT {

    private static final String LONG_SLEEP = "{\"ms\":60000}";

    private final Api api = SharedGateway.api();

    @Test
    void tellsWhoHasItAlreadyThatNothingChanged() {
        String id = succeeded("{}");
        String tag = Api.header(api.get(Api.path(id)), "ETag");

        HttpResponse<byte[]> again = api.get(Api.path(id), "If-None-Match", tag);

        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(Api.header(again, "ETag")).isEqualTo(tag);
        assertThat(api.get(Api.path(id), "If-None-Match", "\"0\"").statusCode()).isEqualTo(200);
    }

    @Test
    void saysWhenToAskAgainOnlyWhileItIsNotDone() {
        String id = api.submit("sleep", LONG_SLEEP);

        assertThat(Api.header(api.get(Api.path(id)), "Retry-After")).matches("[1-9][0-9]*");
        api.cancel(id);
        api.awaitDone(id);
        assertThat(api.get(Api.path(id)).headers().firstValue("Retry-After")).isEmpty();
    }

    @Test
    void endsALongPollAtTheEndOfTheRequest() {
        String id = api.submit("sleep", "{\"ms\":1000}");

        JsonNode seen = Api.json(api.get(Api.path(id) + "?wait=60"));

        assertThat(seen.path("state").asString()).isEqualTo("SUCCEEDED");
    }

    @Test
    void endsALongPollAtEachChangeForWhoSaysWhatItHas() {
        String id = api.submit("sleep", "{\"ms\":1500}");
        List<Integer> seqs = new ArrayList<>();
        JsonNode seen = api.read(id);
        while (!seen.path("done").asBoolean()) {
            seqs.add(seen.path("seq").asInt());
            HttpResponse<byte[]> changed =
                    api.get(Api.path(id) + "?wait=60", "If-None-Match", "\"" + seqs.getLast() + "\"");
            assertThat(changed.statusCode()).isEqualTo(200);
            seen = Api.json(changed);
        }
        seqs.add(seen.path("seq").asInt());

        assertThat(seqs).doesNotHaveDuplicates().isSorted().hasSizeGreaterThan(2);
    }

    @Test
    void endsALongPollWithoutAChangeWhenItsTimeIsOver() {
        String id = api.submit("sleep", LONG_SLEEP);

        JsonNode seen = Api.json(api.get(Api.path(id) + "?wait=1"));

        assertThat(seen.path("done").asBoolean()).isFalse();
        api.cancel(id);
    }

    @Test
    void refusesToWaitForMoreThanAMinute() {
        Api.problem(api.get(Api.path(succeeded("{}")) + "?wait=61"), 400, "invalid-option");
    }

    @Test
    void servesTheResultAsItsOwnContent() {
        String id = succeeded("{\"n\":1.10}");
        String path = Api.path(id) + "/result";

        HttpResponse<byte[]> result = api.get(path);

        assertThat(Api.text(result)).isEqualTo("{\"n\":1.10}");
        assertThat(Api.header(result, "Content-Type")).isEqualTo("application/json");
        assertThat(Api.header(result, "X-Content-Type-Options")).isEqualTo("nosniff");
        String tag = Api.header(result, "ETag");
        assertThat(tag).matches("\"\\d+\"");
        assertThat(api.get(path, "If-None-Match", tag).statusCode()).isEqualTo(304);
    }

    @Test
    void hasNoResultBeforeTheEnd() {
        String id = api.submit("sleep", LONG_SLEEP);

        HttpResponse<byte[]> early = api.get(Api.path(id) + "/result");

        JsonNode problem = Api.problem(early, 404, "not-ready");
        assertThat(problem.path("retryable").asBoolean()).isTrue();
        assertThat(problem.path("requestId").asString()).isEqualTo(id);
        assertThat(Api.header(early, "Retry-After")).matches("[1-9][0-9]*");
        api.cancel(id);
    }

    @Test
    void saysWhyThereIsNoResult() {
        String id = api.submit("fail", "{\"permanent\":true,\"message\":\"as asked\"}");
        JsonNode done = api.awaitDone(id);

        JsonNode problem = Api.problem(api.get(Api.path(id) + "/result"), 424, "request-failed");

        assertThat(done.path("state").asString()).isEqualTo("FAILED");
        assertThat(problem.path("error").path("code").asString()).isEqualTo("sample-failure");
        assertThat(problem.path("error").path("detail").asString()).isEqualTo("as asked");
        assertThat(problem.path("error")).isEqualTo(done.path("error"));
    }

    @Test
    void knowsNoOtherRequests() {
        String id = succeeded("{}");
        String other = id.substring(0, id.length() - 6) + (id.endsWith("ffffff") ? "000000" : "ffffff");

        for (String path : List.of("", "/result", "/events")) {
            Api.problem(api.get(Api.path(other) + path), 404, "unknown-request");
            Api.problem(api.get(Api.path("req_nonsense") + path), 404, "unknown-request");
        }
        Api.problem(api.cancel(other), 404, "unknown-request");
    }

    @Test
    void listsEventsWithoutAGap() {
        String id = succeeded("{}");

        JsonNode page = Api.json(api.get(Api.path(id) + "/events", "Accept", "application/json"));

        assertThat(page.path("complete").asBoolean()).isTrue();
        assertThat(page.path("more").asBoolean()).isFalse();
        List<Integer> seqs = new ArrayList<>();
        List<String> types = new ArrayList<>();
        for (JsonNode event : page.path("events")) {
            seqs.add(Integer.parseInt(event.path("sequence").asString()));
            types.add(event.path("type").asString());
            assertThat(event.path("subject").asString()).isEqualTo(id);
            assertThat(event.path("specversion").asString()).isEqualTo("1.0");
        }
        assertThat(seqs)
                .isEqualTo(IntStream.rangeClosed(1, page.path("seq").asInt())
                        .boxed()
                        .toList());
        assertThat(types)
                .startsWith("dev.sluice.request.accepted.v1", "dev.sluice.request.queued.v1")
                .endsWith("dev.sluice.request.succeeded.v1");
    }

    @Test
    void continuesAPageWhereTheReaderIs() {
        String id = succeeded("{}");

        JsonNode page = Api.json(api.get(Api.path(id) + "/events?lastEventId=2", "Accept", "application/json"));

        assertThat(page.path("events").path(0).path("sequence").asString()).isEqualTo("3");
    }

    @Test
    void cancelsWhatRunsByAskingItsProcessor() {
        String id = api.submit("sleep", LONG_SLEEP);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.read(id).path("state").asString().equals("RUNNING"));

        HttpResponse<byte[]> answer = api.cancel(id);

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(Api.json(answer).path("state").asString()).isEqualTo("CANCELING");
        assertThat(api.awaitDone(id).path("state").asString()).isEqualTo("CANCELED");
        Api.problem(api.get(Api.path(id) + "/result"), 424, "request-canceled");
        Api.problem(api.cancel(id), 409, "already-done");
    }

    @Test
    void doesNotCancelWhatIsDone() {
        String id = succeeded("{}");

        JsonNode problem = Api.problem(api.cancel(id), 409, "already-done");

        assertThat(problem.path("requestId").asString()).isEqualTo(id);
        assertThat(api.read(id).path("state").asString()).isEqualTo("SUCCEEDED");
    }

    @Test
    void triesAgainUntilItSucceeds() {
        String id = api.submit("flaky", "{\"failures\":2}");

        JsonNode done = api.awaitDone(id);

        assertThat(done.path("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(done.path("attempt").asInt()).isEqualTo(3);
        assertThat(Api.text(api.get(Api.path(id) + "/result"))).isEqualTo("{\"attempt\":3}");
    }

    @Test
    void givesUpAfterTheAttemptsThatWereAllowed() {
        String id = api.submit("flaky", "{\"failures\":5}", "Sluice-Max-Attempts", "2");

        JsonNode done = api.awaitDone(id);

        assertThat(done.path("state").asString()).isEqualTo("FAILED");
        assertThat(done.path("attempt").asInt()).isEqualTo(2);
        assertThat(done.path("error").path("transient").asBoolean()).isTrue();
    }

    private String succeeded(String json) {
        String id = api.submit("echo", json);
        assertThat(api.awaitDone(id).path("state").asString()).isEqualTo("SUCCEEDED");
        return id;
    }
}
