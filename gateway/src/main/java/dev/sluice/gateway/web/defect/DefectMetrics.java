package dev.sluice.gateway.web.defect;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/**
 * {@code sluice.http.undecodable}: calls that were refused because they cannot be read as HTTP, by {@code reason}. They
 * are counted and not logged, because their sender decides how many there are. Alert when a known client sends them.
 * Thread-safe.
 */
public final class DefectMetrics {

    private final Map<Defect, Counter> counters = new EnumMap<>(Defect.class);

    public DefectMetrics(MeterRegistry meters) {
        for (Defect defect : Defect.values()) {
            counters.put(defect, meters.counter("sluice.http.undecodable", "reason", defect.reason()));
        }
    }

    void count(Defect defect) {
        counters.computeIfPresent(defect, (_, counter) -> {
            counter.increment();
            return counter;
        });
    }
}
