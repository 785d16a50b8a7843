package dev.sluice.perf;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.regex;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.sse;
import static io.gatling.javaapi.http.HttpDsl.status;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.time.Instant;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Subscribers that are all there at the same time, half of them by Server-Sent Events, half by WebSocket.
 *
 * <p>First, work that sleeps takes all processing tokens. Meanwhile each subscriber submits work of its own and follows
 * it; its stream stays silent. Then the sleepers end, and all of that work is done in one burst: each subscriber must
 * see its own succeed. Prints the lag: from the time of the event, given by the journal before its commit, to its
 * arrival here.
 */
public final class SubscribersSimulation extends Simulation {

    private static final int SUBSCRIBERS = Target.number("subscribers", 2_000);
    private static final int RAMP_SECONDS = Target.number("ramp", 20);
    private static final int HOLD_SECONDS = Target.number("hold", 40);
    private static final int WAIT_SECONDS = HOLD_SECONDS + 60;
    private static final int SLEEPERS = Target.number("tokens", 64);
    private static final String SUCCEEDED = "request\\.succeeded\\.v1";

    /** In the frames of SSE, as Gatling shows them, the quotes are escaped. */
    private static final String SUCCEEDED_AT = SUCCEEDED + ".*?time[\\\\\"]+:[\\\\\"]+([0-9TZ:.-]+)";

    private static final Histogram LAG_MS = new ConcurrentHistogram(3);

    private static final ChainBuilder SLEEP = exec(http("sleeper")
            .post("/v1/requests/sleep")
            .header("Content-Type", "application/json")
            .body(StringBody("{\"ms\":" + 1_000 * HOLD_SECONDS + "}"))
            .check(status().is(202)));

    private static final ChainBuilder SUBMIT = exec(http("submit")
            .post("/v1/requests/" + Target.KIND)
            .header("Content-Type", "application/json")
            .body(StringBody("{\"small\":true}"))
            .check(status().is(202), jsonPath("$.id").saveAs("id")));

    private static final ChainBuilder BY_SSE = exec(
            SUBMIT,
            exec(sse("sse open")
                    .get("/v1/requests/#{id}/events")
                    .await(WAIT_SECONDS)
                    .on(sse.checkMessage("sse succeeded")
                            .matching(regex(SUCCEEDED))
                            .check(regex(SUCCEEDED_AT).saveAs("succeededAt")))),
            exec(SubscribersSimulation::recordLag),
            exec(sse("sse close").close()));

    private static final ChainBuilder BY_WS = exec(
            SUBMIT,
            exec(ws("ws open").connect("/v1/ws").subprotocol("sluice.v1+json")),
            exec(ws("ws hello")
                    .sendText("{\"type\":\"hello\"}")
                    .await(WAIT_SECONDS)
                    .on(ws.checkTextMessage("ws welcome").check(regex("welcome")))),
            exec(ws("ws subscribe")
                    .sendText("{\"type\":\"subscribe\",\"id\":\"#{id}\",\"after\":0}")
                    .await(WAIT_SECONDS)
                    .on(ws.checkTextMessage("ws succeeded")
                            .matching(regex(SUCCEEDED))
                            .check(regex(SUCCEEDED_AT).saveAs("succeededAt")))),
            exec(SubscribersSimulation::recordLag),
            exec(ws("ws close").close()));

    private static Session recordLag(Session session) {
        String at = session.getString("succeededAt");
        if (at != null) {
            LAG_MS.recordValue(Math.max(
                    0, Duration.between(Instant.parse(at), Instant.now()).toMillis()));
        }
        return session;
    }

    public SubscribersSimulation() {
        setUp(scenario("sleepers")
                        .exec(SLEEP)
                        .injectOpen(atOnceUsers(SLEEPERS))
                        .andThen(
                                scenario("sse")
                                        .exec(BY_SSE)
                                        .injectOpen(rampUsers(SUBSCRIBERS).during(RAMP_SECONDS)),
                                scenario("ws")
                                        .exec(BY_WS)
                                        .injectOpen(rampUsers(SUBSCRIBERS).during(RAMP_SECONDS))))
                .protocols(Target.api())
                .maxDuration(RAMP_SECONDS + 2L * WAIT_SECONDS)
                .assertions(global().failedRequests().count().is(0L));
    }

    @Override
    public void after() {
        System.out.printf(
                "subscribers that saw their work succeed: %d of %d; lag ms: p50 %d, p99 %d, max %d%n",
                LAG_MS.getTotalCount(),
                2 * SUBSCRIBERS,
                LAG_MS.getValueAtPercentile(50),
                LAG_MS.getValueAtPercentile(99),
                LAG_MS.getMaxValue());
    }
}
