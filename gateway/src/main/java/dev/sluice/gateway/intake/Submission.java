package dev.sluice.gateway.intake;

import dev.sluice.gateway.request.RequestOptions;
import dev.sluice.message.Payload;

/** Work that a client wants done, before it is admitted. */
public record Submission(String client, String kind, Payload payload, RequestOptions options) {}
