package dev.sluice.perf;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.constantConcurrentUsers;
import static io.gatling.javaapi.core.CoreDsl.during;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Simulation;

/** Closed loop: so many connections, each submits as soon as its last submission was accepted. */
public final class AcceptSimulation extends Simulation {

    private static final int CONNECTIONS = Target.number("connections", 64);
    private static final int WARM_UP_SECONDS = Target.number("warm-up", 25);
    private static final int SECONDS = Target.number("seconds", 30);

    private static ChainBuilder submit(String name) {
        return exec(http(name)
                .post("/v1/requests/" + Target.KIND)
                .header("Content-Type", "application/json")
                .body(StringBody(Target.BODY))
                .check(status().is(202)));
    }

    public AcceptSimulation() {
        setUp(scenario("accept")
                        .exec(during(WARM_UP_SECONDS).on(submit("warm-up")))
                        .exec(during(SECONDS).on(submit("accept")))
                        .injectClosed(constantConcurrentUsers(CONNECTIONS).during(1)))
                .protocols(Target.api())
                .maxDuration(WARM_UP_SECONDS + SECONDS + 10L)
                .assertions(global().failedRequests().count().is(0L));
    }
}
