package dev.sluice.gateway.web;

import java.util.List;

/** Entity tags made of a request's seq: each event that changes the request gives it a new tag. */
public final class ETags {

    private static final int NONE = -1;

    public static String of(int seq) {
        return "\"" + seq + "\"";
    }

    /**
     * Whether {@code If-None-Match} names this seq: the client has the present state. Compared weakly, as RFC 9110 says
     * for this header.
     */
    public static boolean matches(List<String> ifNoneMatch, int seq) {
        String tag = of(seq);
        for (String header : ifNoneMatch) {
            for (String candidate : header.split(",", -1)) {
                String trimmed = candidate.trim();
                if (trimmed.equals("*") || trimmed.equals(tag) || trimmed.equals("W/" + tag)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The seq that {@code If-None-Match} names, if it names exactly one tag of this form; else -1. */
    public static int seqOf(List<String> ifNoneMatch) {
        if (ifNoneMatch.size() != 1) {
            return NONE;
        }
        String tag = ifNoneMatch.getFirst().trim();
        String quoted = tag.startsWith("W/") ? tag.substring(2) : tag;
        if (quoted.length() < 3 || quoted.charAt(0) != '"' || quoted.charAt(quoted.length() - 1) != '"') {
            return NONE;
        }
        try {
            return Integer.parseUnsignedInt(quoted, 1, quoted.length() - 1, 10);
        } catch (NumberFormatException _) {
            return NONE;
        }
    }

    private ETags() {}
}
