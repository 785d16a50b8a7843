package dev.sluice.gateway.follow;

import dev.sluice.gateway.intake.SubmitOptions;
import dev.sluice.message.RequestId;

/**
 * A frame that a client sends on a WebSocket. A {@code ref} is the client's own word, repeated in the answer; empty if
 * the client gave none.
 */
sealed interface ClientFrame {

    /** The first frame; its token is not checked as long as there are no API keys. */
    record Hello() implements ClientFrame {}

    /** Submits work; the input is the JSON value's own bytes. */
    record Submit(String ref, String kind, byte[] input, SubmitOptions options) implements ClientFrame {}

    record Subscribe(String ref, RequestId id, int after) implements ClientFrame {}

    record Unsubscribe(RequestId id) implements ClientFrame {}

    record Cancel(String ref, RequestId id) implements ClientFrame {}

    /** Reactive Streams' request(n): the client takes so many more events. */
    record Credit(int n) implements ClientFrame {}

    record Ping() implements ClientFrame {}
}
