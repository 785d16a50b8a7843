package dev.sluice.gateway.intake;

import dev.sluice.gateway.web.Prefer;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.gateway.web.TraceIds;
import dev.sluice.gateway.web.WholeNumber;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * The options in the headers of a call. An option that is not offered is refused by name, never ignored: a caller that
 * asks for a delay must not find its work done at once.
 */
record CallOptions(SubmitOptions options, Prefer prefer) {

    private static final String PREFIX = "sluice-";

    /**
     * Reads the options.
     *
     * @throws ProblemException {@code invalid-option}, naming the option
     */
    static CallOptions of(HttpHeaders headers) {
        int cost = 1;
        int maxAttempts = 0;
        Duration timeout = null;
        for (Map.Entry<String, List<String>> header : headers.headerSet()) {
            String name = header.getKey();
            if (name.equalsIgnoreCase("Idempotency-Key")) {
                throw notOffered(name);
            }
            if (!name.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
                continue;
            }
            switch (name.substring(PREFIX.length()).toLowerCase(Locale.ROOT)) {
                case "cost" -> cost = number(header, SubmitOptions.MAX_COST);
                case "max-attempts" -> maxAttempts = number(header, SubmitOptions.MAX_ATTEMPTS);
                case "timeout" -> timeout = Duration.ofSeconds(number(header, SubmitOptions.MAX_TIMEOUT_S));
                default -> throw notOffered(name);
            }
        }
        String traceparent = TraceIds.valid(headers.getFirst("traceparent"));
        return new CallOptions(options(cost, maxAttempts, timeout, traceparent), preferOf(headers));
    }

    private static SubmitOptions options(
            int cost, int maxAttempts, @Nullable Duration timeout, @Nullable String traceparent) {
        return cost == 1 && maxAttempts == 0 && timeout == null && traceparent == null
                ? SubmitOptions.DEFAULTS
                : new SubmitOptions(cost, maxAttempts, timeout, traceparent);
    }

    private static Prefer preferOf(HttpHeaders headers) {
        return Prefer.of(headers.getOrEmpty("Prefer"));
    }

    private static int number(Map.Entry<String, List<String>> header, int max) {
        List<String> values = header.getValue();
        if (values.size() != 1) {
            throw new Problem(ProblemType.INVALID_OPTION, header.getKey() + " was given more than once").toException();
        }
        return WholeNumber.option(header.getKey(), values.getFirst().trim(), 1, max);
    }

    private static ProblemException notOffered(String name) {
        String shown = name.length() > 64 ? name.substring(0, 64) + "…" : name;
        return new Problem(ProblemType.INVALID_OPTION, "The option " + shown + " is not offered by this version")
                .toException();
    }
}
