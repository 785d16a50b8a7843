package dev.sluice.gateway.intake;

import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;

/** The input as {@code ?payload=}: JSON in base64 or base64url, with or without padding. */
final class PayloadParameter {

    private static final String NAME = "payload";

    /**
     * The JSON in the query; null if the query has no payload.
     *
     * @throws ProblemException {@code bad-payload-encoding}; {@code invalid-option} for any other parameter
     */
    static byte @Nullable [] of(ServerHttpRequest http) {
        if (http.getURI().getRawQuery() == null) {
            return null;
        }
        MultiValueMap<String, String> query = http.getQueryParams();
        for (String name : query.keySet()) {
            if (!name.equals(NAME)) {
                String shown = name.length() > 64 ? name.substring(0, 64) + "…" : name;
                throw new Problem(
                                ProblemType.INVALID_OPTION,
                                "The parameter " + shown + " is not offered by this version")
                        .toException();
            }
        }
        List<String> values = query.get(NAME);
        return values == null ? null : decode(values);
    }

    private static byte[] decode(List<String> values) {
        String text = values.size() == 1 ? values.getFirst() : null;
        if (text == null || text.isEmpty()) {
            throw refused("payload must be given once and not be empty");
        }
        try {
            // A plus sign in a query is read as a space.
            return Base64.getDecoder()
                    .decode(text.replace('-', '+').replace('_', '/').replace(' ', '+'));
        } catch (IllegalArgumentException _) {
            throw refused("payload is neither base64 nor base64url");
        }
    }

    static ProblemException refused(String detail) {
        return new Problem(ProblemType.BAD_PAYLOAD_ENCODING, detail).toException();
    }

    private PayloadParameter() {}
}
