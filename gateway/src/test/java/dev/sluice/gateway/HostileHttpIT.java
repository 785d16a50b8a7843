package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Odd headers, request lines and framings on all routes of both ports: each gets a regular answer or a problem document
 * below 500, and the log stays silent about it. One seed makes all calls; a failure prints its call.
 */
@Timeout(180)
class HostileHttpIT {

    private static final long SEED = 20_260;
    private static final int MAX_SHOWN = 20;
    private static final Duration ANSWER = Duration.ofSeconds(5);
    /** One value in so many is sent in a header that neither our code nor a library reads. */
    private static final int UNREAD_SHARE = 8;

    private final GatewayProcess gateway = SharedGateway.process();
    private final Random random = new Random(SEED);
    private final List<String> complaints = new ArrayList<>();
    private int errors;
    private int warnings;

    @BeforeEach
    void readLog() {
        errors = gateway.logged("ERROR").size();
        warnings = gateway.logged("WARN").size();
    }

    @Test
    void answersEveryHeaderWithEveryValue() {
        List<String> routes = routes();
        List<String> values = HostileHttp.values(random);
        int next = 0;

        for (String name : HostileHttp.READ_HEADERS) {
            for (String value : values) {
                next = call(routes, next, name, value);
            }
        }
        for (String name : HostileHttp.OTHER_HEADERS) {
            for (int i = random.nextInt(UNREAD_SHARE); i < values.size(); i += UNREAD_SHARE) {
                next = call(routes, next, name, values.get(i));
            }
        }

        assertQuiet();
    }

    @Test
    void answersEveryRequestLine() {
        for (String line : HostileHttp.requestLines()) {
            callBoth(line + "\r\nHost: sluice\r\n\r\n");
        }

        assertQuiet();
    }

    @Test
    void answersEveryFraming() {
        HostileHttp.framings().forEach(this::callBoth);

        assertQuiet();
    }

    /** As method and path of the public port, and as those with a mark of the other. */
    private List<String> routes() {
        Api api = new Api(gateway.api());
        String done = api.submit("echo", "{}");
        api.awaitDone(done);
        Stream<String> api1 = Contract.of(api).operations().stream()
                .map(route -> route.replace("POST /v1/requests/{idOrKind}", "POST /v1/requests/echo"))
                .map(route -> route.replaceAll("\\{id(OrKind)?}", done).replaceAll("\\{[a-z]+}", "x"));
        return Stream.of(api1, HostileHttp.OTHER_ROUTES.stream())
                .flatMap(each -> each)
                .toList();
    }

    private int call(List<String> routes, int number, String name, String value) {
        String route = routes.get(number % routes.size());
        boolean managed = route.contains("/actuator");
        call(
                managed ? gateway.managementPort() : gateway.httpPort(),
                HostileHttp.head(route) + name + ": " + value + "\r\n\r\n" + HostileHttp.BODY);
        return number + 1;
    }

    private void callBoth(String bytes) {
        call(gateway.httpPort(), bytes);
        call(gateway.managementPort(), bytes);
    }

    private void call(int port, String bytes) {
        try (RawConnection connection = new RawConnection(port, ANSWER)) {
            connection.writeLatin1(bytes);
            RawConnection.Answer answer = bytes.startsWith("HEAD ") ? connection.readHead() : connection.read();
            if (answer.status() == 100) {
                answer = connection.read();
            }
            if ("chunked".equals(answer.headers().get("transfer-encoding")) && !bytes.startsWith("HEAD ")) {
                connection.skipChunks();
            }
            if (!isRegular(answer)) {
                complaints.add(answer + " to " + shown(bytes));
            }
        } catch (IOException | RuntimeException failed) {
            complaints.add(failed + " to " + shown(bytes));
        }
    }

    private static boolean isRegular(RawConnection.Answer answer) {
        return answer.status() < 400
                || (answer.status() < 500
                        && "application/problem+json".equals(answer.headers().get("content-type")));
    }

    private static String shown(String bytes) {
        String visible = bytes.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0");
        return visible.substring(0, Math.min(300, visible.length()));
    }

    private void assertQuiet() {
        assertThat(complaints.stream().limit(MAX_SHOWN)).isEmpty();
        assertThat(gateway.logged("ERROR").stream().skip(errors)).isEmpty();
        assertThat(gateway.logged("WARN").stream().skip(warnings)).isEmpty();
    }
}
