package dev.sluice.gateway.client;

import dev.sluice.gateway.request.Client;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * The client of each call. There are no API keys yet, so every caller is the same client. From here on the client is an
 * argument.
 */
public final class Clients {

    public static final Client LOCAL = new Client("local");

    /** The client behind a call. */
    public static Client of(ServerRequest http) {
        return LOCAL;
    }

    private Clients() {}
}
