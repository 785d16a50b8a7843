package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The metrics of the management port after 200 requests have come to rest, and their meaning in the README. */
class ConservationIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    /** The name of a metric in a scrape, by its type. */
    private static final Map<String, List<String>> SUFFIXES = Map.of(
            "gauge", List.of(""),
            "counter", List.of("_total"),
            "summary", List.of("_count", "_sum", "_max"));

    private static GatewayProcess process;
    private static Api api;

    /** A line of a scrape. */
    private record Sample(String name, String tags, double value) {}

    @BeforeAll
    static void run() {
        process = GatewayProcess.dev(Map.of(), "--data", "data");
        api = new Api(process.api());
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(Api.text(api.get("/v1/kinds")))
                        .contains("\"echo\"", "\"sleep\"", "\"flaky\"", "\"fail\""));
        List<String> ids = submitted();
        Api.problem(api.postJson("nobody-has-this", "{}"), 404, "unknown-kind");
        ids.forEach(api::awaitDone);
        await().atMost(SOON).untilAsserted(() -> {
            List<Sample> now = scrape();
            assertThat(sum(now, "sluice_requests_out", "")).isZero();
            assertThat(sum(now, "sluice_requests_backlog", "")).isZero();
            assertThat(sum(now, "sluice_broker_unsettled", "")).isZero();
            assertThat(sum(now, "sluice_processor_runs_held", "")).isZero();
        });
    }

    @AfterAll
    static void stop() {
        process.terminate(Duration.ofSeconds(20));
        process.close();
    }

    @Test
    void losesNoRequest() {
        List<Sample> now = scrape();

        assertThat(sum(now, "sluice_requests_accepted_total", "")).isEqualTo(200);
        assertThat(sum(now, "sluice_requests_done_total", "")).isEqualTo(200);
        assertThat(sum(now, "sluice_requests_done_total", "state=\"succeeded\""))
                .isEqualTo(170);
        assertThat(sum(now, "sluice_requests_done_total", "state=\"failed\"")).isEqualTo(20);
        assertThat(sum(now, "sluice_requests_done_total", "state=\"canceled\"")).isEqualTo(10);
        assertThat(sum(now, "sluice_requests_uncertain_total", "")).isZero();
        assertThat(sum(now, "sluice_intake_refused_total", "reason=\"UnknownKind\""))
                .isEqualTo(1);
    }

    @Test
    void keepsTheLawsOfItsParts() {
        List<Sample> now = scrape();

        assertThat(sum(now, "sluice_journal_reports_received_total", ""))
                .isPositive()
                .isEqualTo(sum(now, "sluice_journal_reports_decided_total", "")
                        + sum(now, "sluice_journal_reports_stale_total", "")
                        + sum(now, "sluice_journal_reports_refused_total", ""));
        assertThat(sum(now, "sluice_processor_runs_received_total", ""))
                .isPositive()
                .isEqualTo(sum(now, "sluice_processor_runs_ended_total", ""));
        assertThat(sum(now, "sluice_batch_pending", "")).isZero();
        assertThat(sum(now, "sluice_batch_pending_bytes", "")).isZero();
        assertThat(sum(now, "sluice_consistency_holes_total", "")).isZero();
    }

    @Test
    void showsWhatTheReadmeSaysAndNothingElse() {
        Set<String> shown = scrape().stream()
                .map(Sample::name)
                .filter(name -> name.startsWith("sluice_"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(shown).containsExactlyElementsOf(documented());
    }

    /** 200 requests of all sorts: most succeed, some at their third try, some fail for good, some are canceled. */
    private static List<String> submitted() {
        List<String> ids = new ArrayList<>();
        repeat(150, () -> ids.add(api.submit("echo", "{}")));
        repeat(20, () -> ids.add(api.submit("flaky", "{\"failures\":1}")));
        repeat(20, () -> ids.add(api.submit("fail", "{\"permanent\":true,\"message\":\"no\"}")));
        repeat(10, () -> {
            String id = api.submit("sleep", "{\"ms\":600000}");
            assertThat(api.cancel(id).statusCode()).isIn(200, 202);
            ids.add(id);
        });
        return ids;
    }

    private static void repeat(int times, Runnable action) {
        IntStream.range(0, times).forEach(_ -> action.run());
    }

    private static double sum(List<Sample> samples, String name, String tag) {
        return samples.stream()
                .filter(sample -> sample.name.equals(name) && sample.tags.contains(tag))
                .mapToDouble(Sample::value)
                .sum();
    }

    private static List<Sample> scrape() {
        URI scrape = URI.create("http://127.0.0.1:" + process.managementPort() + "/actuator/prometheus");
        String text = new String(
                api.send(HttpRequest.newBuilder(scrape).timeout(SOON)).body(), StandardCharsets.UTF_8);
        return text.lines()
                .filter(line -> !line.startsWith("#"))
                .map(ConservationIT::sample)
                .toList();
    }

    private static Sample sample(String line) {
        int value = line.lastIndexOf(' ');
        int tags = line.indexOf('{');
        int name = tags < 0 ? value : tags;
        return new Sample(
                line.substring(0, name), line.substring(name, value), Double.parseDouble(line.substring(value + 1)));
    }

    /** The names in the README's table of metrics, as Prometheus writes them. */
    private static Set<String> documented() {
        try (Stream<String> readme = Files.lines(Path.of("../README.md"))) {
            return readme.map(line -> line.split(" \\| ", -1))
                    .filter(cells -> cells.length >= 4 && SUFFIXES.containsKey(cells[1]))
                    .flatMap(cells -> SUFFIXES.getOrDefault(cells[1], List.of()).stream()
                            .map(suffix -> cells[0].replaceAll("[| `]", "").replace('.', '_') + suffix))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
