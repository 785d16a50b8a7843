package dev.sluice.processor.http;

import dev.sluice.message.Failure;
import dev.sluice.message.Payload;
import dev.sluice.processor.handler.HandlerException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** The meaning of an HTTP answer. */
final class Answers {

    /** Four bytes for each character that a failure's detail keeps. */
    static final int MAX_DETAIL_BYTES = 4 * Failure.MAX_DETAIL;

    private static final Duration MAX_RETRY_AFTER = Duration.ofDays(1);

    private final Clock clock;

    Answers(Clock clock) {
        this.clock = clock;
    }

    Payload result(HttpHeaders headers, byte[] body) {
        String contentType = headers.get(HttpHeaderNames.CONTENT_TYPE);
        return new Payload(contentType == null ? Payload.BINARY : contentType, body);
    }

    HandlerException failure(int status, HttpHeaders headers, byte[] body) {
        Failure failure = new Failure(
                "upstream-" + status, "The target answered " + status, new String(body, StandardCharsets.UTF_8));
        return isTransient(status)
                ? new HandlerException.Transient(failure, retryAfter(headers.get(HttpHeaderNames.RETRY_AFTER)))
                : new HandlerException.Permanent(failure);
    }

    private static boolean isTransient(int status) {
        return status == 408 || status == 425 || status == 429 || status >= 500;
    }

    /** Seconds or a date; any other text counts as none. */
    private @Nullable Duration retryAfter(@Nullable String value) {
        if (value == null) {
            return null;
        }
        try {
            return bounded(Duration.ofSeconds(Long.parseLong(value.trim())));
        } catch (NumberFormatException _) {
            return untilDate(value.trim());
        }
    }

    private @Nullable Duration untilDate(String value) {
        try {
            ZonedDateTime date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
            return bounded(Duration.between(clock.instant(), date.toInstant()));
        } catch (DateTimeException _) {
            return null;
        }
    }

    private static Duration bounded(Duration duration) {
        if (duration.isNegative()) {
            return Duration.ZERO;
        }
        return duration.compareTo(MAX_RETRY_AFTER) < 0 ? duration : MAX_RETRY_AFTER;
    }
}
