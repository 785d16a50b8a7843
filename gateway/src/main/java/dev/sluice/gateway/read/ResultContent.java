package dev.sluice.gateway.read;

import dev.sluice.gateway.web.Answer;
import dev.sluice.message.Payload;
import java.util.Locale;
import java.util.Set;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeTypeUtils;

/**
 * A result as an answer. A browser must neither guess its type nor run it: no sniffing, a sandbox without an origin,
 * and only types that cannot act are shown in place.
 */
final class ResultContent {

    private static final Set<String> SHOWN =
            Set.of("application/json", "text/plain", "image/png", "image/jpeg", "image/gif", "image/webp");

    static Answer answer(Payload payload) {
        String contentType = safe(payload.contentType());
        return Answer.of(200, contentType, payload.bytes())
                .header("X-Content-Type-Options", "nosniff")
                .header("Content-Security-Policy", "sandbox; default-src 'none'")
                .header("Content-Disposition", SHOWN.contains(essence(contentType)) ? "inline" : "attachment");
    }

    /** The type as the processor named it, unless it is no media type: then it must not become a header. */
    private static String safe(String contentType) {
        try {
            MimeTypeUtils.parseMimeType(contentType);
            boolean plain = contentType.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
            return plain ? contentType : Payload.BINARY;
        } catch (InvalidMimeTypeException | IndexOutOfBoundsException _) { // the latter for a quote at the start
            return Payload.BINARY;
        }
    }

    private static String essence(String contentType) {
        int semicolon = contentType.indexOf(';');
        String type = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
        return type.trim().toLowerCase(Locale.ROOT);
    }

    private ResultContent() {}
}
