package dev.sluice.processor;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Meters of the runs, tokens and reports of a processor.
 *
 * <p>Laws, at any quiet moment: {@code runs.received} = sum of {@code runs.ended} + {@code runs.held}; {@code
 * tokens.used} never above {@code tokens}. Alert when {@code reports.pending} stays near its bound (the broker
 * does not confirm, so no new work is started) and when {@code runs.waiting} stays up while {@code tokens.used} is low.
 */
final class ProcessorMetrics implements MeterBinder {

    private static final String PREFIX = "sluice.processor.";

    private final RunContext context;

    ProcessorMetrics(RunContext context) {
        this.context = context;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        ProcessingTokens tokens = context.tokens();
        PendingReports pending = context.reporter().pending();
        HeldRuns held = context.held();
        gauge(registry, "tokens", "processing tokens", tokens, ProcessingTokens::total);
        gauge(registry, "tokens.used", "processing tokens that running work holds", tokens, ProcessingTokens::inUse);
        gauge(registry, "runs.waiting", "runs that wait for tokens", tokens, ProcessingTokens::waiting);
        gauge(registry, "runs.held", "runs received whose last report is not confirmed", held, HeldRuns::size);
        gauge(registry, "reports.pending", "reports made and not confirmed", pending, PendingReports::count);
        gauge(registry, "reports.pending.bytes", "of these, the bytes", pending, PendingReports::bytes);
        FunctionCounter.builder(PREFIX + "reports.confirmed", pending, PendingReports::confirmed)
                .description("reports that the broker has")
                .register(registry);
        FunctionCounter.builder(PREFIX + "runs.received", held, HeldRuns::received)
                .description("runs received, also those that were handed back")
                .register(registry);
        for (Outcome outcome : Outcome.values()) {
            FunctionCounter.builder(PREFIX + "runs.ended", held, runs -> runs.ended(outcome))
                    .description("runs whose last report is confirmed")
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
    }

    private static <T> void gauge(
            MeterRegistry registry, String name, String description, T object, ToDoubleFunction<T> value) {
        Gauge.builder(PREFIX + name, object, value).description(description).register(registry);
    }
}
