package dev.sluice.processor.http;

import java.net.URI;

/**
 * An HTTP API as the target of a kind, {@code sluice.processor.kinds.KIND.http}.
 *
 * @param url where the payload is posted to, {@code http} or {@code https}
 */
public record HttpSettings(URI url) {

    public HttpSettings {
        String scheme = url.getScheme();
        boolean web = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
        if (!web || url.getHost() == null || url.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "http.url must be an http or https URL with a host and without user info, was " + url);
        }
    }
}
