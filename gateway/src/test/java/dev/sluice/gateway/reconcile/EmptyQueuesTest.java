package dev.sluice.gateway.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class EmptyQueuesTest {

    private final List<String> asked = new ArrayList<>();
    private final Map<String, Long> ready = Map.of("busy", 3L, "idle", 0L);
    private final EmptyQueues queues = new EmptyQueues(this::ask);

    @Test
    void asksOnceForEachKind() {
        Set<String> first = queues.among(Set.of("busy", "idle")).block();
        Set<String> second = queues.among(List.of("idle", "busy", "missing")).block();

        assertThat(first).containsExactly("idle");
        assertThat(second).containsExactlyInAnyOrder("idle", "missing");
        assertThat(asked).containsExactlyInAnyOrder("busy", "idle", "missing");
    }

    private Mono<Long> ask(String kind) {
        asked.add(kind);
        return Mono.justOrEmpty(ready.get(kind));
    }
}
