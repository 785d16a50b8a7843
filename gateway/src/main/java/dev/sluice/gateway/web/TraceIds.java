package dev.sluice.gateway.web;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Trace context as W3C defines it: only the parts that name a call. */
public final class TraceIds {

    private static final int LENGTH = 55;
    private static final HexFormat HEX = HexFormat.of();

    /**
     * The header if it is a valid {@code traceparent} of version 00; null otherwise, because the standard says to
     * ignore others.
     */
    public static @Nullable String valid(@Nullable String traceparent) {
        if (traceparent == null || traceparent.length() != LENGTH || !traceparent.startsWith("00-")) {
            return null;
        }
        boolean formed = traceparent.charAt(35) == '-'
                && traceparent.charAt(52) == '-'
                && isId(traceparent, 3, 35)
                && isId(traceparent, 36, 52)
                && isHex(traceparent, 53, LENGTH);
        return formed ? traceparent : null;
    }

    /** The caller's trace id, or a new one. */
    public static String of(@Nullable String traceparent) {
        String valid = valid(traceparent);
        if (valid != null) {
            return valid.substring(3, 35);
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return HEX.toHexDigits(random.nextLong()) + HEX.toHexDigits(random.nextLong() | 1);
    }

    private static boolean isId(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) != '0') {
                return isHex(text, from, to);
            }
        }
        return false;
    }

    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    private TraceIds() {}
}
