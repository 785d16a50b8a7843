package dev.sluice.gateway.follow;

import dev.sluice.gateway.intake.SubmitOptions;
import dev.sluice.message.RequestId;

/** What a client says on a WebSocket. A {@code ref} is the client's own word, repeated in the answer; empty if it gave none. */
sealed interface ClientFrame {

    /** First of all; the token is not looked at as long as there are none. */
    record Hello() implements ClientFrame {}

    /** Work; the input is the JSON value's own bytes. */
    record Submit(String ref, String kind, byte[] input, SubmitOptions options) implements ClientFrame {}

    record Subscribe(String ref, RequestId id, int after) implements ClientFrame {}

    record Unsubscribe(RequestId id) implements ClientFrame {}

    record Cancel(String ref, RequestId id) implements ClientFrame {}

    /** Reactive Streams' request(n): so many more events may come. */
    record Credit(int n) implements ClientFrame {}

    record Ping() implements ClientFrame {}
}
