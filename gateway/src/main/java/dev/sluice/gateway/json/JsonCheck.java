package dev.sluice.gateway.json;

/**
 * Whether bytes are one JSON value as RFC 8259 defines it, in UTF-8 and within limits. One pass that allocates nothing:
 * payloads are opaque to the gateway, so they are only read past.
 *
 * <p>Not Jackson, because its parser skips unused strings without checking their length and their UTF-8, guesses UTF-16
 * and UTF-32, and makes a table of all names. A test compares both on a corpus and on mutations of it.
 *
 * <p>Accepted and kept exactly, because the standard does: duplicate names, numbers of any size up to 100 digits,
 * escaped lone surrogates, U+0000 as an escape.
 */
public final class JsonCheck {

    static final int MAX_DEPTH = 64;
    static final int MAX_STRING = 1 << 20;
    static final int MAX_NUMBER = 100;
    static final int MAX_NAME = 1 << 10;

    private static final int VALID = -1;

    private final byte[] json;
    private int at;
    /** Bit n says whether the container at depth n + 1 is an object. */
    private long objects;

    private int depth;

    private JsonCheck(byte[] json) {
        this.json = json;
    }

    /** The index at which reading stopped because the bytes are no JSON or pass a limit; -1 if they are valid. */
    public static int firstError(byte[] json) {
        JsonCheck check = new JsonCheck(json);
        return check.document() ? VALID : check.at;
    }

    private boolean document() {
        space();
        do {
            int before = depth;
            if (!valueOrOpen()) {
                return false;
            }
            boolean opened = depth > before;
            boolean goesOn = (opened && !closes()) ? beforeValue() : endValues();
            if (!goesOn) {
                return false;
            }
        } while (depth > 0);
        return at == json.length;
    }

    /** After a value: closes each container that ends here, or goes on to the next member. */
    private boolean endValues() {
        space();
        while (depth > 0 && !next(',')) {
            if (!closes()) {
                return false;
            }
            space();
        }
        if (depth == 0) {
            return true;
        }
        space();
        return beforeValue();
    }

    /** In an object, reads the name and colon that stand before a value. */
    private boolean beforeValue() {
        if (inObject()) {
            if (!string(MAX_NAME)) {
                return false;
            }
            space();
            if (!next(':')) {
                return false;
            }
            space();
        }
        return true;
    }

    private boolean valueOrOpen() {
        if (at >= json.length) {
            return false;
        }
        return switch (json[at]) {
            case '{' -> open(1);
            case '[' -> open(0);
            case '"' -> string(MAX_STRING);
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        };
    }

    private boolean open(long object) {
        if (depth == MAX_DEPTH) {
            return false;
        }
        objects = (objects & ~(1L << depth)) | object << depth;
        depth++;
        at++;
        space();
        return true;
    }

    private boolean closes() {
        if (!next(inObject() ? '}' : ']')) {
            return false;
        }
        depth--;
        return true;
    }

    private boolean inObject() {
        return (objects >>> (depth - 1) & 1) == 1;
    }

    private boolean string(int max) {
        if (!next('"')) {
            return false;
        }
        int limit = (int) Math.min(json.length, (long) at + max + 1);
        while (at < limit) {
            byte b = json[at];
            if (b == '"') {
                at++;
                return true;
            }
            if (b >= 0x20 && b != '\\') {
                at++;
            } else if (!(b == '\\' ? escape() : b < 0 && character())) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        if (at + 1 >= json.length) {
            return false;
        }
        switch (json[at + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at += 2;
            case 'u' -> {
                if (at + 6 > json.length || !isHex(at + 2) || !isHex(at + 3) || !isHex(at + 4) || !isHex(at + 5)) {
                    return false;
                }
                at += 6;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Reads one character of two to four bytes: shortest form, no surrogate, at most U+10FFFF. */
    private boolean character() {
        int lead = json[at] & 0xff;
        int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || at + length > json.length) {
            return false;
        }
        int second = json[at + 1] & 0xff;
        int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high) {
            return false;
        }
        for (int i = at + 2; i < at + length; i++) {
            if ((json[i] & 0xc0) != 0x80) {
                return false;
            }
        }
        at += length;
        return true;
    }

    private boolean number() {
        int start = at;
        next('-');
        int firstDigit = at;
        if (!digits() || (json[firstDigit] == '0' && at - firstDigit > 1)) {
            return false;
        }
        if (next('.') && !digits()) {
            return false;
        }
        if (next('e') || next('E')) {
            if (!next('+')) {
                next('-');
            }
            if (!digits()) {
                return false;
            }
        }
        return at - start <= MAX_NUMBER;
    }

    private boolean digits() {
        int start = at;
        while (at < json.length && json[at] >= '0' && json[at] <= '9') {
            at++;
        }
        return at > start;
    }

    private boolean word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (!next(word.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean next(char ascii) {
        if (at < json.length && json[at] == ascii) {
            at++;
            return true;
        }
        return false;
    }

    private void space() {
        while (at < json.length && isSpace(json[at])) {
            at++;
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private boolean isHex(int i) {
        return Character.digit(json[i], 16) >= 0;
    }
}
