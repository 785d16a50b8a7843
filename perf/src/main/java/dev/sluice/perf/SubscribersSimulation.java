package dev.sluice.perf;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
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
import io.gatling.javaapi.core.Simulation;

/**
 * Subscribers that are there at the same time, half of them by Server-Sent Events, half by WebSocket: each submits work of some
 * seconds, follows it, and must see it succeed.
 */
public final class SubscribersSimulation extends Simulation {

    private static final int SUBSCRIBERS = Target.number("subscribers", 2_000);
    private static final int RAMP_SECONDS = Target.number("ramp", 20);
    private static final int WAIT_SECONDS = Target.number("wait", 60);
    private static final String SLEEP = "{\"ms\":" + Target.number("sleep-ms", 100) + "}";

    private static final ChainBuilder SUBMIT = exec(http("submit")
            .post("/v1/requests/sleep")
            .header("Content-Type", "application/json")
            .body(StringBody(SLEEP))
            .check(status().is(202), jsonPath("$.id").saveAs("id")));

    private static final ChainBuilder BY_SSE = exec(
            SUBMIT,
            exec(sse("sse open")
                    .get("/v1/requests/#{id}/events")
                    .await(WAIT_SECONDS)
                    .on(sse.checkMessage("sse succeeded").check(regex("SUCCEEDED|request\\.succeeded")))),
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
                    .on(ws.checkTextMessage("ws succeeded").check(regex("request\\.succeeded")))),
            exec(ws("ws close").close()));

    public SubscribersSimulation() {
        setUp(
                        scenario("sse")
                                .exec(BY_SSE)
                                .injectOpen(rampUsers(SUBSCRIBERS).during(RAMP_SECONDS)),
                        scenario("ws")
                                .exec(BY_WS)
                                .injectOpen(rampUsers(SUBSCRIBERS).during(RAMP_SECONDS)))
                .protocols(Target.api())
                .maxDuration(RAMP_SECONDS + 2L * WAIT_SECONDS)
                .assertions(global().failedRequests().count().is(0L));
    }
}
