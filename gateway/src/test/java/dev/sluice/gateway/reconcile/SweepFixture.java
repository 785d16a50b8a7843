package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.value;

import dev.sluice.gateway.testkit.GatewayTestkit;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import reactor.core.publisher.Flux;

/** Three gateways that sweep at once. */
abstract class SweepFixture {

    private static final int SWEEPERS = 3;

    final GatewayTestkit testkit = GatewayTestkit.open();

    @AfterEach
    void close() {
        testkit.close();
    }

    /** The sweeps of three gateways. */
    static List<Sweep> sweepers(Supplier<Sweep> ofOneMore) {
        return Stream.generate(ofOneMore).limit(SWEEPERS).toList();
    }

    /** How many repairs all of them make together. */
    static int runAll(List<Sweep> sweepers) {
        return value(Flux.fromIterable(sweepers).flatMap(Sweep::run, SWEEPERS).reduce(0, Integer::sum));
    }
}
