package dev.sluice.perf;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.group;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/**
 * Open loop: so many submissions a second, each polled each 2 ms until SUCCEEDED; the group "done" lasts from the POST
 * to the read of the outcome.
 */
public final class EndToEndSimulation extends Simulation {

    private static final int RATE = Target.number("rate", 500);
    private static final int WARM_UP_SECONDS = Target.number("warm-up", 25);
    private static final int SECONDS = Target.number("seconds", 30);

    private static final ChainBuilder SUBMIT = exec(http("accept")
            .post("/v1/requests/" + Target.KIND)
            .header("Content-Type", "application/json")
            .body(StringBody(Target.BODY))
            .check(status().is(202), jsonPath("$.id").saveAs("id")));

    private static final ChainBuilder POLL = exec(session -> session.set("done", false))
            .exec(asLongAs(session -> !session.getBoolean("done"))
                    .on(exec(http("poll")
                                    .get("/v1/requests/#{id}")
                                    .check(status().is(200), bodyString().saveAs("body")))
                            .exec(session -> session.set(
                                    "done",
                                    session.isFailed()
                                            || session.getString("body").contains("\"state\":\"SUCCEEDED\"")))
                            .doIf(session -> !session.getBoolean("done"))
                            .then(exec(session -> session).pause(Duration.ofMillis(2)))));

    public EndToEndSimulation() {
        setUp(scenario("warm-up")
                        .exec(SUBMIT, POLL)
                        .injectOpen(constantUsersPerSec(RATE).during(WARM_UP_SECONDS))
                        .andThen(scenario("end-to-end")
                                .exec(group("done").on(SUBMIT, POLL))
                                .injectOpen(constantUsersPerSec(RATE).during(SECONDS))))
                .protocols(Target.api().shareConnections())
                .maxDuration(WARM_UP_SECONDS + SECONDS + 20L)
                .assertions(global().failedRequests().count().is(0L));
    }
}
