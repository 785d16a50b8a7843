package dev.sluice.gateway.request;

import dev.sluice.message.RequestId;
import java.time.Instant;

/**
 * One event of a request's log as readers get it.
 *
 * @param type without prefix, for instance {@code started}
 * @param data the event's own data, a JSON object as text: attempt, progress, failure, …
 */
public record LoggedEvent(RequestId id, int seq, Instant at, String type, String data) {}
