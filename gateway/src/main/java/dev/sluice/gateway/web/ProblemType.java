package dev.sluice.gateway.web;

import java.util.Locale;

/**
 * Every kind of refusal or failure that this API answers with. The code is the name in lower case with dashes; its page
 * stands at {@code /problems/CODE}.
 */
public enum ProblemType {
    INVALID_OPTION(
            400, "An option is unknown, not offered or out of range", "Correct the option that the detail names."),
    MALFORMED_JSON(
            400,
            "The JSON is not valid",
            "Send JSON as RFC 8259 defines it, in UTF-8, within the limits: depth 64, strings of 1 MiB, numbers of 100"
                    + " digits, names of 1 KiB. The detail names the byte where reading stopped."),
    BAD_PAYLOAD_ENCODING(
            400,
            "The payload parameter is not base64",
            "Encode the JSON as base64 or base64url, with or without padding, and leave the body empty."),
    BAD_REQUEST(400, "The HTTP request is not usable", "Correct the part that the detail names."),
    FORBIDDEN(
            403, "Not allowed", "A browser may connect from this origin only if the gateway's configuration lists it."),
    NOT_FOUND(404, "There is nothing at this path", "See /openapi.json for the paths that exist."),
    UNKNOWN_KIND(
            404,
            true,
            "No such kind of work",
            "GET /v1/kinds lists the kinds. A kind comes to exist when a processor first offers it, or by configuration"
                    + " (sluice.kinds.KIND). Where its processor is about to start, try again after Retry-After."),
    UNKNOWN_REQUEST(404, "No such request", "Use the id exactly as the 202 named it."),
    NOT_READY(
            404,
            true,
            "The result is not there yet",
            "Ask again after the seconds in Retry-After, or follow the events of the request."),
    METHOD_NOT_ALLOWED(405, "The path exists, but not with this method", "Use one of the methods that Allow lists."),
    NOT_ACCEPTABLE(
            406,
            "This path has no answer of an accepted media type",
            "Send Accept as a list of media types with one of those that this path answers with, or leave it out."),
    BODY_TIMEOUT(
            408,
            true,
            "The body did not arrive in time",
            "Send the whole body within sluice.http.body-timeout, by default 10 s, then try again."),
    ALREADY_DONE(409, "The request is done already", "Nothing is left to cancel; read its state or result."),
    GONE(410, "The request's retention is over", "Its outcome was kept until expiresAt and is deleted now."),
    PAYLOAD_TOO_LARGE(413, "The input is larger than its kind allows", "Send less, or a reference to where it lies."),
    URI_TOO_LONG(414, "The request line is too long", "Send the payload as the body instead of a query parameter."),
    UNSUPPORTED_MEDIA_TYPE(
            415,
            "This content type or encoding is not accepted",
            "Send a content type that the kind allows, without Content-Encoding, and JSON in UTF-8."),
    VALIDATION_FAILED(422, "The work cannot be done as asked", "Correct the part that the detail names."),
    REQUEST_FAILED(424, "The request failed", "The member error says why. Submit again once the cause is removed."),
    REQUEST_CANCELED(424, "The request was canceled", "It has no result. Submit again if it is still wanted."),
    UPGRADE_REQUIRED(
            426,
            "Another version of the protocol is needed",
            "Open the WebSocket as RFC 6455 says, with Sec-WebSocket-Version: 13."),
    HEADERS_TOO_LARGE(431, "The headers are too large", "Send headers of at most 16 KiB in all."),
    INTERNAL_ERROR(
            500,
            "Something failed inside the gateway",
            "Try again; if it stays, report the traceId to the operator of the gateway."),
    BACKLOG_FULL(503, 5, "Too much work of this kind waits", "Try again after the seconds in Retry-After."),
    DRAINING(503, 1, "This gateway is stopping", "Try again: another gateway, or its successor, will answer."),
    STORE_UNAVAILABLE(503, 2, "The database does not answer", "Try again after the seconds in Retry-After."),
    OUTCOME_UNKNOWN(
            503,
            false,
            5,
            "It is not known whether the request was stored",
            "The database fell silent while it wrote. GET the request by the requestId of this answer once the database"
                    + " is back. If the answer is 404, submit again; else the request was accepted, and its outcome"
                    + " will be there."),
    TOO_MANY_STREAMS(
            503,
            5,
            "This gateway follows as many streams as it may",
            "Try again, poll, or use one WebSocket for many ids.");

    private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');
    private final int status;
    private final boolean retryable;
    private final int retryAfterS;
    private final String title;
    private final String advice;

    ProblemType(int status, String title, String advice) {
        this(status, false, 0, title, advice);
    }

    ProblemType(int status, boolean retryable, String title, String advice) {
        this(status, retryable, 0, title, advice);
    }

    /** A problem that passes by itself, as nearly every 503 does. */
    ProblemType(int status, int retryAfterS, String title, String advice) {
        this(status, true, retryAfterS, title, advice);
    }

    ProblemType(int status, boolean retryable, int retryAfterS, String title, String advice) {
        this.status = status;
        this.retryable = retryable;
        this.retryAfterS = retryAfterS;
        this.title = title;
        this.advice = advice;
    }

    /** Short and stable, for programs. */
    public String code() {
        return code;
    }

    public int status() {
        return status;
    }

    /** Whether the same call may succeed later. */
    public boolean retryable() {
        return retryable;
    }

    /** When to try again, unless the problem itself has a better time; 0 for types that have no such time. */
    public int retryAfterS() {
        return retryAfterS;
    }

    /** One line for people. */
    public String title() {
        return title;
    }

    /** The remedy. */
    public String advice() {
        return advice;
    }
}
