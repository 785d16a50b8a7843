package dev.sluice.gateway.follow;

/** Why the gateway closes a WebSocket. 4403 and 4429 are kept for API keys and rate limits. */
enum CloseCode {
    BAD_FRAME(4400, "bad frame"),
    NOT_GREETED(4401, "hello must come first"),
    NO_HELLO(4408, "no hello in time"),
    TOO_SLOW(4409, "too slow: resume with after"),
    TOO_BIG(4413, "frame too big"),
    RESTARTING(1012, "gateway stops: connect again");

    private final int code;
    private final String reason;

    CloseCode(int code, String reason) {
        this.code = code;
        this.reason = reason;
    }

    int code() {
        return code;
    }

    String reason() {
        return reason;
    }
}
