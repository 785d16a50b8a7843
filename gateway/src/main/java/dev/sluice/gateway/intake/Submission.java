package dev.sluice.gateway.intake;

import dev.sluice.gateway.request.Client;
import dev.sluice.message.Payload;

/** Work that a client wants done, before its admission. */
public record Submission(Client client, String kind, Payload payload, SubmitOptions options) {}
