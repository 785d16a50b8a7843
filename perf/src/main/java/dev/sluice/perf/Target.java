package dev.sluice.perf;

import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.http.HttpProtocolBuilder;

/** The target and the amount of the load, from system properties; loopback only. */
final class Target {

    private static final String LOOPBACK = "http://127.0.0.1:";

    /** A JSON document of about 1 KB. */
    static final String BODY = "{\"order\":\"A-1001\",\"note\":\"" + "x".repeat(960) + "\",\"lines\":[1,2,3]}";

    static final String KIND = System.getProperty("perf.kind", "echo");

    private static final int PORT = Integer.getInteger("perf.port", 8080);

    static HttpProtocolBuilder api() {
        return http.baseUrl(LOOPBACK + PORT)
                .wsBaseUrl("ws://127.0.0.1:" + PORT)
                .disableWarmUp()
                .disableCaching()
                .disableFollowRedirect();
    }

    /** A whole number from {@code -Dperf.<name>}. */
    static int number(String name, int otherwise) {
        return Integer.getInteger("perf." + name, otherwise);
    }

    private Target() {}
}
