package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.testkit.Children;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every command of the README does as the words beside it say. Only hosts, ports and passwords differ. */
@Timeout(300)
class ReadmeIT {

    private static final String FIVE_MINUTES = "Five minutes";
    private static final String YOUR_OWN = "Put your own behind it";
    private static final String LOOK_INSIDE = "Health and metrics";
    private static final String DISTRIBUTED = "Distributed";
    private static final Duration SOON = Duration.ofSeconds(60);

    private static Readme readme;
    private static Children shell;
    private static HttpServer reports;
    private static GatewayProcess dev;

    @BeforeAll
    static void start() throws IOException {
        readme = new Readme();
        shell = new Children("readme");
        reports = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        reports.createContext("/reports", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody()
                    .write(("report of " + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        reports.start();
        dev = GatewayProcess.dev(Map.of(), devArguments().toArray(String[]::new));
        Api api = new Api(dev.api());
        await("kinds are known")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(Api.text(api.get("/v1/kinds")))
                        .contains("\"echo\"", "\"sleep\"", "\"flaky\"", "\"gzip\"", "\"report\""));
    }

    @AfterAll
    static void stop() {
        try (GatewayProcess ending = dev) {
            ending.terminate(Duration.ofSeconds(20));
        }
        reports.stop(0);
        shell.close();
    }

    @Test
    void doesInFiveMinutesWhatItSays() {
        List<String> printed = Readme.paste(shell, here(readme.blocks(FIVE_MINUTES)));

        assertThat(printed).hasSize(6);
        assertThat(printed.get(0)).contains("\"kind\":\"echo\",\"state\":\"SUCCEEDED\"");
        assertThat(printed.get(1)).isEmpty();
        assertThat(printed.get(2))
                .contains("event: snapshot\n", "event: request.progress\n", "event: request.succeeded\n")
                .matches("(?s).*event: end\ndata: [^\n]*\"state\":\"SUCCEEDED\"}\n\n");
        assertThat(printed.get(3)).contains("\"state\":\"SUCCEEDED\"").endsWith("{\"sleptMs\":1500}");
        assertThat(printed.get(4)).contains("\"state\":\"SUCCEEDED\"", "\"attempt\":3,");
        assertThat(printed.get(5)).containsPattern("\"state\":\"(CANCELED|CANCELING)\"");
    }

    @Test
    void hasAProgramDoTheWork() throws IOException {
        byte[] log = logOf(900_000);
        Files.write(shell.directory().resolve("big.log"), log);

        String printed =
                Readme.paste(shell, here(readme.blocks(YOUR_OWN).subList(1, 2))).getFirst();

        assertThat(printed).startsWith("HTTP/1.1 202");
        byte[] packed = resultOf(printed);
        assertThat(packed).hasSizeLessThan(log.length);
        assertThat(new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes())
                .isEqualTo(log);
    }

    @Test
    void hasAnApiDoTheWork() {
        String line = readme.blocks(YOUR_OWN)
                .get(1)
                .replace("requests/gzip", "requests/report")
                .replace("@big.log", "May");

        String printed = Readme.paste(shell, here(List.of(line))).getFirst();

        assertThat(new String(resultOf(printed), StandardCharsets.UTF_8)).isEqualTo("report of May");
    }

    @Test
    void showsHealthAndMetrics() {
        List<String> printed = Readme.paste(shell, here(readme.blocks(LOOK_INSIDE)));

        assertThat(printed).hasSize(1);
        assertThat(printed.getFirst())
                .contains("\"status\":\"UP\"}")
                .containsPattern("(?m)^sluice_[a-z_]+(\\{.*})? [0-9]");
    }

    @Test
    void startsWithALineThatCanBePasted() {
        String line = dev.log()
                .lines()
                .filter(each -> each.startsWith("  curl "))
                .findFirst()
                .orElseThrow();

        assertThat(Readme.bash(shell, line)).contains("\"state\":\"SUCCEEDED\"");
    }

    @Test
    void startsWithCommandsThatExist() {
        String help = Readme.bash(shell, Path.of("../sluice").toAbsolutePath() + " help");

        assertThat(readme.blocks().stream().flatMap(String::lines).filter(line -> line.contains("./sluice ")))
                .isNotEmpty()
                .allSatisfy(line ->
                        assertThat(help).contains("  " + line.replaceFirst("^.*(\\./sluice [a-z]+).*$", "$1") + " "));
    }

    @Test
    void runsDistributed() throws InterruptedException {
        try (RabbitNode rabbit = RabbitNode.start();
                PostgresNode postgres = PostgresNode.start()) {
            rabbit.ctl("add_user", "sluice", "secret");
            rabbit.ctl("set_permissions", "-p", "/", "sluice", ".*", ".*", ".*");
            UnaryOperator<String> here = block -> block.replace(
                            "db:5432/sluice", "127.0.0.1:" + postgres.port() + "/" + postgres.emptyDatabase())
                    .replace("DATABASE_PASSWORD=…", "DATABASE_PASSWORD=" + PostgresNode.PASSWORD)
                    .replace("mq:5672", rabbit.address())
                    .replace("BROKER_PASSWORD=…", "BROKER_PASSWORD=secret");
            Map<String, Map<String, String>> commands = new TreeMap<>();
            readme.blocks(DISTRIBUTED).forEach(block -> commands.putAll(commands(here.apply(block))));
            assertThat(commands).containsOnlyKeys("migrate", "gateway", "processor");

            assertThat(run("migrations.MigrateCommand", commands.get("migrate")))
                    .isZero();
            try (GatewayProcess gateway = GatewayProcess.gateway(commands.get("gateway"));
                    GatewayProcess _ = GatewayProcess.processor(commands.get("processor"))) {
                Api api = new Api(gateway.api());
                await("work is done")
                        .atMost(SOON)
                        .untilAsserted(() -> assertThat(api.postJson("echo", "{}", "Prefer", "wait=30")
                                        .statusCode())
                                .isEqualTo(200));
            }
        }
    }

    /** A block that no test runs is a promise that no test keeps. */
    @Test
    void leavesNoBlockOut() {
        int run = readme.blocks(FIVE_MINUTES).size()
                + readme.blocks(YOUR_OWN).size()
                + readme.blocks(LOOK_INSIDE).size()
                + readme.blocks(DISTRIBUTED).size();

        assertThat(readme.blocks("Start")).as("only names the commands").hasSize(1);
        assertThat(readme.blocks()).hasSize(run + 1);
    }

    @Test
    void endsWithTheCodesItLists() throws InterruptedException {
        String port = Integer.toString(dev.httpPort());

        assertThat(run("gateway.embedded.DevCommand", Map.of(), "--no-such-option"))
                .isEqualTo(2);
        assertThat(run("gateway.embedded.DevCommand", Map.of(), "--data", dataOf(dev)))
                .isEqualTo(5);
        assertThat(run("gateway.embedded.DevCommand", Map.of(), "--port", port, "--management-port", "0"))
                .isEqualTo(1);
        assertThat(shell.output("DevCommand")).contains("is in use by another Sluice", "Port " + port + " was already");
    }

    /** Its exit code. */
    private static int run(String command, Map<String, String> environment, String... arguments)
            throws InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sluice." + command));
        line.addAll(List.of(arguments));
        Process process = shell.start(command.replaceFirst(".*\\.", ""), environment, line);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** The data folder that it has named. */
    private static String dataOf(GatewayProcess dev) {
        return dev.log()
                .lines()
                .filter(line -> line.startsWith("  Data "))
                .map(line -> line.substring("  Data ".length()).trim())
                .findFirst()
                .orElseThrow();
    }

    /** The arguments of the examples of {@code dev}, as a shell takes them apart. */
    private static List<String> devArguments() {
        String examples = readme.blocks(YOUR_OWN)
                .getFirst()
                .replace("localhost:3000", "127.0.0.1:" + reports.getAddress().getPort());
        String script = "sluice() { shift; printf '%s\\n' \"$@\"; }\n" + examples.replace("./sluice", "sluice");
        List<String> arguments =
                new ArrayList<>(Readme.bash(shell, script).lines().toList());
        arguments.addAll(List.of("--data", "data"));
        return arguments;
    }

    /** Each command of a block with the settings that a shell gives it. */
    private static Map<String, Map<String, String>> commands(String block) {
        String script = "sluice() { echo \"= $1\"; env | grep ^SLUICE_; }\n" + block.replace("./sluice", "sluice");
        Map<String, Map<String, String>> commands = new TreeMap<>();
        Map<String, String> settings = Map.of();
        for (String line : Readme.bash(shell, script).lines().toList()) {
            if (line.startsWith("= ")) {
                settings = new TreeMap<>();
                commands.put(line.substring(2), settings);
            } else {
                settings.put(line.replaceFirst("=.*", ""), line.replaceFirst("^[^=]*=", ""));
            }
        }
        return commands;
    }

    private static List<String> here(List<String> blocks) {
        return blocks.stream()
                .map(block -> block.replace("localhost:8080", "localhost:" + dev.httpPort())
                        .replace("localhost:8081", "localhost:" + dev.managementPort()))
                .toList();
    }

    /** The result of the request that these headers locate. */
    private static byte[] resultOf(String headers) {
        Api api = new Api(dev.api());
        String path = headers.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("location: "))
                .map(line -> line.substring("location: ".length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(headers));
        api.awaitDone(path.substring(path.lastIndexOf('/') + 1));
        return api.get(path + "/result").body();
    }

    private static byte[] logOf(int bytes) {
        Random random = new Random(bytes);
        StringBuilder log = new StringBuilder(bytes);
        while (log.length() < bytes) {
            log.append("2026-01-01 INFO request ").append(random.nextInt()).append(" done\n");
        }
        return log.toString().getBytes(StandardCharsets.UTF_8);
    }
}
