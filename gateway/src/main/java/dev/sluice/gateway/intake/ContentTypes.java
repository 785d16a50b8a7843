package dev.sluice.gateway.intake;

import dev.sluice.message.Payload;
import java.util.Collection;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** Checks the content type of a submission, and tells JSON from other types. */
final class ContentTypes {

    private static final int MAX_LENGTH = 255;

    /**
     * Refuses a text that is no content type, a type that the kind does not allow, and JSON in another charset than
     * UTF-8.
     *
     * @param allowed types, or ranges such as {@code image/*}; every type is allowed if it is empty
     *
     * @return whether the type is JSON
     */
    static boolean check(String contentType, Collection<String> allowed) {
        if (contentType.equals(Payload.JSON) && allowed.isEmpty()) {
            return true;
        }
        MimeType type = parse(contentType);
        if (!allowed.isEmpty() && !isAllowed(type, allowed)) {
            throw new SubmitRejection.UnsupportedType("This kind takes " + String.join(", ", allowed));
        }
        boolean json = type.getSubtype().equals("json") || type.getSubtype().endsWith("+json");
        String charset = type.getParameter("charset");
        if (json && charset != null && !charset.replace("\"", "").equalsIgnoreCase("utf-8")) {
            throw new SubmitRejection.UnsupportedType("JSON is taken in UTF-8 only");
        }
        return json;
    }

    private static MimeType parse(String contentType) {
        try {
            if (contentType.length() <= MAX_LENGTH) {
                MimeType type = MimeTypeUtils.parseMimeType(contentType);
                if (type.isConcrete()) {
                    return type;
                }
            }
        } catch (InvalidMimeTypeException _) {
            // falls through to the same refusal
        }
        throw new SubmitRejection.UnsupportedType("Content-Type must name one media type in at most 255 characters");
    }

    private static boolean isAllowed(MimeType type, Collection<String> allowed) {
        for (String pattern : allowed) {
            if (MimeTypeUtils.parseMimeType(pattern).includes(type)) {
                return true;
            }
        }
        return false;
    }

    private ContentTypes() {}
}
