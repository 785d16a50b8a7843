package dev.sluice.gateway.web;

import java.util.List;
import java.util.Locale;

/**
 * The header {@code Prefer} (RFC 7240). Preferences that the gateway does not know are ignored, as the RFC says.
 *
 * @param respondAsync whether {@code respond-async} was asked for
 * @param waitS seconds that the caller would wait for the end; 0 if the header names no time
 */
public record Prefer(boolean respondAsync, int waitS) {

    public static final int MAX_WAIT_S = 60;
    private static final Prefer NOTHING = new Prefer(false, 0);

    /**
     * Reads all {@code Prefer} headers of a call; the first value of a repeated preference counts.
     *
     * @throws ProblemException {@code invalid-option} if {@code wait} is no number of 0 to 60
     */
    public static Prefer of(List<String> headers) {
        Prefer prefer = NOTHING;
        for (String header : headers) {
            for (String preference : header.split(",", -1)) {
                prefer = prefer.and(preference.trim());
            }
        }
        return prefer;
    }

    /** The value of {@code Preference-Applied}; empty if nothing was asked for. */
    public String applied() {
        if (waitS > 0) {
            return respondAsync ? "respond-async, wait=" + waitS : "wait=" + waitS;
        }
        return respondAsync ? "respond-async" : "";
    }

    private Prefer and(String preference) {
        int semicolon = preference.indexOf(';');
        String token =
                semicolon < 0 ? preference : preference.substring(0, semicolon).trim();
        if (token.equalsIgnoreCase("respond-async")) {
            return new Prefer(true, waitS);
        }
        int equals = token.indexOf('=');
        if (equals > 0
                && token.substring(0, equals).trim().toLowerCase(Locale.ROOT).equals("wait")
                && waitS == 0) {
            String seconds = token.substring(equals + 1).trim();
            return new Prefer(respondAsync, WholeNumber.option("Prefer: wait", seconds, 0, MAX_WAIT_S));
        }
        return this;
    }
}
