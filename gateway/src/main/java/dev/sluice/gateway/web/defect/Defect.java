package dev.sluice.gateway.web.defect;

import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemType;
import java.util.Locale;

/** A reason why a call cannot be read as HTTP, with the answer to the call and the tag {@code reason} of the metric. */
enum Defect {
    REQUEST_LINE(ProblemType.URI_TOO_LONG, "The request line may have 32 KiB"),
    HEADERS(ProblemType.HEADERS_TOO_LARGE, "The headers may have 16 KiB in all"),
    HEAD(ProblemType.BAD_REQUEST, "The head of the call, or how it delimits the body, is not as RFC 9112 says"),
    VERSION(ProblemType.BAD_REQUEST, "This port speaks HTTP/1.1 and HTTP/1.0"),
    TARGET(ProblemType.BAD_REQUEST, "The request target is not a path, or has a character that must be escaped"),
    HOST(ProblemType.BAD_REQUEST, "Host must be a name or an address, and a port if there is a colon"),
    BODY(ProblemType.BAD_REQUEST, "The chunks of the body are not as RFC 9112 says"),
    CONTENT_TYPE(ProblemType.UNSUPPORTED_MEDIA_TYPE, "Content-Type must name one media type"),
    ACCEPT(ProblemType.NOT_ACCEPTABLE, "Accept must be a list of media types, with weights of 0 to 1");

    private final ProblemType type;
    private final String detail;

    Defect(ProblemType type, String detail) {
        this.type = type;
        this.detail = detail;
    }

    Problem problem() {
        return new Problem(type, detail);
    }

    String reason() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
