package dev.sluice.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Calls that no client in good faith sends. */
final class HostileHttp {

    private static final int VALUES = 300;

    /** Ends a body of any framing that a value may announce; the rest is another call that stays unread. */
    static final String BODY = "0\r\n\r\n" + "0".repeat(400);

    /** Headers that the gateway or one of its libraries parses. */
    static final List<String> READ_HEADERS = List.of(
            "Accept",
            "Content-Type",
            "Host",
            "Content-Length",
            "Transfer-Encoding",
            "Connection",
            "Upgrade",
            "Expect",
            "Origin",
            "If-None-Match",
            "Prefer",
            "Last-Event-ID");

    static final List<String> OTHER_HEADERS = List.of(
            "Accept-Charset",
            "Accept-Encoding",
            "Accept-Language",
            "Access-Control-Request-Headers",
            "Access-Control-Request-Method",
            "Authorization",
            "Cache-Control",
            "Content-Disposition",
            "Content-Encoding",
            "Content-Language",
            "Content-Location",
            "Content-Range",
            "Cookie",
            "Date",
            "Forwarded",
            "From",
            "HTTP2-Settings",
            "Idempotency-Key",
            "If-Match",
            "If-Modified-Since",
            "If-Range",
            "If-Unmodified-Since",
            "Keep-Alive",
            "Max-Forwards",
            "Pragma",
            "Proxy-Authorization",
            "Proxy-Connection",
            "Range",
            "Referer",
            "Sec-WebSocket-Extensions",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Protocol",
            "Sec-WebSocket-Version",
            "Sluice-Cost",
            "Sluice-Defect",
            "Sluice-Timeout",
            "TE",
            "Trailer",
            "traceparent",
            "tracestate",
            "User-Agent",
            "Via",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Port",
            "X-Forwarded-Prefix",
            "X-Forwarded-Proto",
            "X-HTTP-Method-Override");

    /** Paths beside those that openapi.json lists. */
    static final List<String> OTHER_ROUTES = List.of(
            "HEAD /v1/kinds",
            "HEAD /v1/ws",
            "PUT /v1/kinds",
            "OPTIONS /v1/kinds",
            "GET /nothing",
            "GET /actuator",
            "GET /actuator/health",
            "GET /actuator/health/readiness",
            "GET /actuator/info",
            "GET /actuator/prometheus",
            "GET /actuator/nothing",
            "POST /actuator/health",
            "HEAD /actuator/health",
            "OPTIONS /actuator/health");

    private static final String CHUNKED = "POST /v1/requests/echo HTTP/1.1~Host: a~Transfer-Encoding: chunked~~";

    private static final List<String> LONG_LINES = List.of(
            "GET /" + "x".repeat(33_000) + " HTTP/1.1",
            "GET /" + "%41".repeat(9_000) + " HTTP/1.1",
            "X".repeat(40_000));

    private static final List<String> LONG_CALLS = List.of(
            CHUNKED + "7FFFFFFF~" + "z".repeat(2 << 20),
            CHUNKED + "1;" + "x".repeat(20_000) + "~a~0~~",
            CHUNKED + "0~X: " + "x".repeat(20_000) + "~~",
            "GET /v1/kinds HTTP/1.1~Host: a~X: " + "x".repeat(17_000) + "~~",
            "GET /v1/kinds HTTP/1.1~Host: a~" + "X: y~".repeat(4_000) + "~");

    /** First lines of calls. */
    static List<String> requestLines() {
        return joined(read("request-lines"), LONG_LINES);
    }

    /** Whole calls. */
    static List<String> framings() {
        return joined(read("framings"), LONG_CALLS).stream()
                .map(call -> call.replace("~", "\r\n"))
                .toList();
    }

    /**
     * Three hundred different values: those that are known to hurt, and others of the letters that syntax is made of.
     */
    static List<String> values(Random random) {
        Set<String> values = new LinkedHashSet<>(read("values"));
        String letters = "ab01/;:=,\"\\*%()<>[]{}@?&+-._ \t'~|^`!#$\u00e9";
        while (values.size() < VALUES) {
            StringBuilder value = new StringBuilder();
            for (int i = 1 + random.nextInt(12); i > 0; i--) {
                value.append(letters.charAt(random.nextInt(letters.length())));
            }
            values.add(value.toString());
        }
        return new ArrayList<>(values);
    }

    /** Method and path with everything that a call needs there, except the end of the head. */
    static String head(String route) {
        String head = route + " HTTP/1.1\r\n";
        return route.endsWith("/v1/ws")
                ? head + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sluice.v1+json\r\n"
                : head;
    }

    private static List<String> joined(List<String> left, List<String> right) {
        return Stream.concat(left.stream(), right.stream()).toList();
    }

    /** A line each, written as in a Java string; in framings a tilde stands for the end of a line. */
    private static List<String> read(String name) {
        String path = "/hostile/" + name + ".txt";
        try (InputStream in = Objects.requireNonNull(HostileHttp.class.getResourceAsStream(path), path)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .map(String::translateEscapes)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HostileHttp() {}
}
