package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.cancel.CancelHandler;
import dev.sluice.gateway.follow.EventsHandler;
import dev.sluice.gateway.follow.SocketHandler;
import dev.sluice.gateway.intake.SubmitHandler;
import dev.sluice.gateway.kind.KindsHandler;
import dev.sluice.gateway.read.ReadHandler;
import dev.sluice.gateway.web.ProblemMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of routes and openapi.json name the same paths. */
class GatewayRoutesTest {

    private static final Pattern ROUTE = Pattern.compile("\\((GET|HEAD|POST) && (\\S+)\\)");

    private final Contract contract = new Contract(read("openapi.json"), read("asyncapi.json"));
    private final String table = table();

    @Test
    void documentsEveryRouteAndNoOther() {
        assertThat(shapes(contract.operations())).isEqualTo(routes("GET", "POST"));
    }

    /** OpenAPI takes templates that differ in nothing but names for one path, and forbids the second. */
    @Test
    void documentsNoPathTwice() {
        assertThat(shapes(contract.operations())).hasSameSizeAs(contract.operations());
    }

    /** openapi.json says this once, and so does not name each path twice. */
    @Test
    void answersHeadWhereverItAnswersGet() {
        assertThat(routes("HEAD").stream().map(route -> route.replace("HEAD", "GET")))
                .containsExactlyElementsOf(routes("GET"));
    }

    private TreeSet<String> routes(String... methods) {
        return ROUTE.matcher(table)
                .results()
                .filter(route -> Set.of(methods).contains(route.group(1)))
                .map(GatewayRoutesTest::shape)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static TreeSet<String> shapes(Set<String> operations) {
        return operations.stream().map(GatewayRoutesTest::shape).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String shape(MatchResult route) {
        return shape(route.group(1) + " " + route.group(2));
    }

    /** Without the names of variables. */
    private static String shape(String template) {
        return template.replaceAll("\\{\\*?[A-Za-z]+}", "{}");
    }

    /** As WebFlux describes it; the handlers are never called. */
    private static String table() {
        GatewayRoutes.Handlers handlers = new GatewayRoutes.Handlers(
                new SubmitHandler(null, null, null),
                new ReadHandler(null, null, null),
                new EventsHandler(null, null, null),
                new CancelHandler(null),
                new SocketHandler(null, null, null, null, null, null),
                new KindsHandler(null));
        return new GatewayRoutes(handlers, new ProblemMapper()).routes().toString();
    }

    private static String read(String name) {
        try (InputStream file = GatewayRoutes.class.getResourceAsStream("/contract/" + name)) {
            return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
