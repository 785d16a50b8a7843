package dev.sluice.gateway.json;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * Writes small JSON documents straight into UTF-8 bytes: no tree, no intermediate string. It sets the commas itself.
 *
 * <p>Not thread-safe. Not supported: checking that names and values alternate; the caller's tests do that.
 */
public final class JsonBytes {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes;
    private int length;
    private boolean comma;

    public JsonBytes(int sizeHint) {
        bytes = new byte[sizeHint];
    }

    public JsonBytes beginObject() {
        return open('{');
    }

    public JsonBytes endObject() {
        return close('}');
    }

    public JsonBytes beginArray() {
        return open('[');
    }

    public JsonBytes endArray() {
        return close(']');
    }

    /** A member's name; plain ASCII without anything to escape. */
    public JsonBytes name(String name) {
        separate();
        put('"');
        ascii(name);
        put('"');
        put(':');
        comma = false;
        return this;
    }

    public JsonBytes value(String text) {
        separate();
        put('"');
        escaped(text);
        put('"');
        comma = true;
        return this;
    }

    public JsonBytes value(long number) {
        separate();
        ascii(Long.toString(number));
        comma = true;
        return this;
    }

    public JsonBytes value(boolean bool) {
        separate();
        ascii(bool ? "true" : "false");
        comma = true;
        return this;
    }

    public JsonBytes value(Instant time) {
        separate();
        put('"');
        ascii(time.toString());
        put('"');
        comma = true;
        return this;
    }

    /**
     * JSON that is valid already, on one line: a line break can only be space between its tokens and becomes one space.
     */
    public JsonBytes raw(String json) {
        separate();
        int from = length;
        utf8(json);
        for (int i = from; i < length; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                bytes[i] = ' ';
            }
        }
        comma = true;
        return this;
    }

    /** Bytes between documents, unchanged. */
    public JsonBytes verbatim(String ascii) {
        ascii(ascii);
        comma = false;
        return this;
    }

    public int size() {
        return length;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** The document as text, to be put into another one. */
    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private JsonBytes open(char bracket) {
        separate();
        put(bracket);
        comma = false;
        return this;
    }

    private JsonBytes close(char bracket) {
        put(bracket);
        comma = true;
        return this;
    }

    private void separate() {
        if (comma) {
            put(',');
        }
    }

    private void put(char ascii) {
        ensure(1);
        bytes[length++] = (byte) ascii;
    }

    @SuppressWarnings("deprecation") // the JDK's one copy of Latin-1 text into a given array
    private void ascii(String text) {
        ensure(text.length());
        text.getBytes(0, text.length(), bytes, length);
        length += text.length();
    }

    private void escaped(String text) {
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f) {
                ascii(text.substring(from, i));
                i += escape(text, i);
                from = i + 1;
            }
        }
        ascii(from == 0 ? text : text.substring(from));
    }

    /** Writes the character at {@code i}; returns how many more chars it took. */
    private int escape(String text, int i) {
        char c = text.charAt(i);
        if (c == '"' || c == '\\') {
            put('\\');
            put(c);
        } else if (c >= 0xa0 && !Character.isSurrogate(c) && c != '\u2028' && c != '\u2029') {
            utf8(text.substring(i, i + 1));
        } else if (Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1))) {
            utf8(text.substring(i, i + 2));
            return 1;
        } else {
            unicode(c);
        }
        return 0;
    }

    private void unicode(char c) {
        ascii("\\u");
        ensure(4);
        for (int shift = 12; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[(c >>> shift) & 0xf];
        }
    }

    private void utf8(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        ensure(encoded.length);
        System.arraycopy(encoded, 0, bytes, length, encoded.length);
        length += encoded.length;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }
}
