package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.testkit.TestKinds;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DaySweepIT {

    /** 33,000 requests of a day that the kind "long" keeps, all of the kind "short". */
    private static final String FILL = """
            select sluice_create_day((now() at time zone 'UTC')::date - 20);
            insert into request (id, client, kind, state, dispatched, max_attempts, cost, timeout_ms, created_at,
                updated_at, expires_at)
            select sluice_first_id(date_trunc('day', now(), 'UTC') - interval '20 days' + n * interval '1 ms'), 'local',
                'short', 20, false, 5, 1, 60000, now() - interval '20 days', now() - interval '20 days',
                now() - interval '19 days'
            from generate_series(1, 33000) n;
            insert into request_payload select id, 'application/json', '{}' from request;
            """;

    private final GatewayTestkit testkit = GatewayTestkit.open();

    @AfterEach
    void close() {
        testkit.close();
    }

    @Test
    void erasesOutcomesOfKindsThatKeepShorterInPiecesOfAFewChunks() {
        TestGateway gateway = testkit.gateway();
        GatewayTestkit.await(gateway.kinds()
                .configure(Map.of("short", TestKinds.kind(8), "long", TestKinds.kind(8)))
                .thenReturn(true));
        testkit.execute("update kind set retention_s = case name when 'short' then 86400 else 90 * 86400 end");
        GatewayTestkit.await(gateway.kinds().refresh().thenReturn(true));
        testkit.execute(FILL);
        DaySweep sweep = gateway.part(DaySweep.class);

        value(sweep.run());
        assertThat(testkit.count("from request_payload")).isEqualTo(1_000);

        value(sweep.run());
        assertThat(testkit.count("from request_payload")).isZero();
        assertThat(testkit.count("from request")).isEqualTo(33_000);
        assertThat(testkit.count("from request_erased where kind = 'short' and erased_at is not null"))
                .isPositive();
    }

    /** The days themselves are looked at each 10 minutes only. */
    @Test
    void looksAtTheDaysOnceInThreeHundredRuns() {
        DaySweep sweep = testkit.gateway().part(DaySweep.class);
        value(sweep.run());
        testkit.execute("select sluice_drop_day((now() at time zone 'UTC')::date + 7);"
                + "delete from request_day where day = (now() at time zone 'UTC')::date + 7");

        for (int i = 1; i < 300; i++) {
            value(sweep.run());
        }
        assertThat(testkit.count("from request_day")).isEqualTo(8);

        value(sweep.run());
        assertThat(testkit.count("from request_day")).isEqualTo(9);
    }
}
