package dev.sluice.processor.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.message.Payload;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.HandlerException.Permanent;
import dev.sluice.processor.handler.HandlerException.Transient;
import dev.sluice.processor.handler.RecordingContext;
import dev.sluice.processor.handler.TestAttempts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;

class CommandHandlerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final RecordingContext context = new RecordingContext();

    @Test
    void pipesThePayloadThroughARealProgram() throws IOException {
        byte[] input = new byte[900_000];
        new Random(1).nextBytes(input);

        Payload result = run("gzip -9", input);

        assertThat(new GZIPInputStream(new ByteArrayInputStream(result.bytes())).readAllBytes())
                .isEqualTo(input);
    }

    @Test
    void namesTheRequestInTheEnvironmentAndKeepsTheRestBack() {
        String environment = text(run("env", new byte[0]));

        assertThat(environment.lines().map(line -> line.substring(0, line.indexOf('='))))
                .contains("PATH", "SLUICE_REQUEST_ID", "SLUICE_ATTEMPT")
                .isSubsetOf(
                        "PATH",
                        "HOME",
                        "LANG",
                        "LC_ALL",
                        "TZ",
                        "TMPDIR",
                        "USER",
                        "SLUICE_REQUEST_ID",
                        "SLUICE_ATTEMPT");
        assertThat(environment).contains("SLUICE_REQUEST_ID=" + TestAttempts.ID);
    }

    @Test
    void takesJsonLinesOnStderrAsProgressAndTheRestAsDetail() {
        HandlerException failure = failure("""
                sh -c 'echo "{\\"percent\\":50}" >&2; echo "cannot go on" >&2; exit 3'""");

        assertThat(context.progress()).containsExactly("{\"percent\":50}");
        assertThat(failure).isInstanceOf(Permanent.class);
        assertThat(failure.failure().code()).isEqualTo("command-failed");
        assertThat(failure.failure().title()).contains("exit code 3");
        assertThat(failure.failure().detail()).isEqualTo("cannot go on");
    }

    @Test
    void countsExitCode75AsTransient() {
        assertThat(failure("sh -c 'exit 75'")).isInstanceOf(Transient.class);
    }

    @Test
    void toleratesAProgramThatDoesNotReadItsInput() {
        assertThat(run("true", new byte[1_000_000]).size()).isZero();
    }

    @Test
    void keepsTheEndOfALongStderr() {
        HandlerException failure = failure("sh -c 'yes no | head -c 100000 >&2; echo end >&2; exit 1'");

        assertThat(failure.failure().detail()).hasSizeBetween(1_900, 2_000).endsWith("end");
    }

    @Test
    void stopsAProgramThatWritesTooMuch() {
        assertThat(failure("yes")).isInstanceOf(Permanent.class).hasMessageContaining("result-too-large");
    }

    @Test
    void takesAResultAtTheLimit() {
        assertThat(run("head -c 1048576 /dev/zero", new byte[0]).size()).isEqualTo(CommandRun.MAX_RESULT);
        assertThat(failure("head -c 1048577 /dev/zero")).hasMessageContaining("result-too-large");
    }

    @Test
    void endsTheWholeTreeWhenItIsCancelled() {
        String marker = "86399.5" + ProcessHandle.current().pid();
        var running = handler("sh -c 'sleep " + marker + " & sleep " + marker + "; wait'")
                .handle(TestAttempts.of("{}"), context)
                .subscribe();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sleeping(marker)).isGreaterThanOrEqualTo(2));

        running.dispose();

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sleeping(marker)).isZero());
    }

    @Test
    void killsWhatIgnoresThatItShouldEnd() throws InterruptedException {
        String marker = "86398.5" + ProcessHandle.current().pid();
        CountDownLatch ended = new CountDownLatch(1);
        handler("sh -c 'trap \"\" TERM; while true; do sleep " + marker + "; done'")
                .handle(TestAttempts.of("{}"), context)
                .doOnError(_ -> ended.countDown())
                .onErrorResume(HandlerException.class, _ -> Mono.empty())
                .subscribe();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sleeping(marker)).isPositive());

        context.cancel();

        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sleeping(marker)).isZero());
    }

    @Test
    void limitsMemoryAndTime() {
        CommandHandler spinning = CommandHandler.of(
                "key", new CommandSettings("sh -c 'while :; do :; done'", Payload.BINARY, null, Duration.ofSeconds(1)));
        CommandHandler hungry = CommandHandler.of(
                "key",
                new CommandSettings(
                        "sh -c 'head -c 300000000 /dev/zero | tail'", Payload.BINARY, DataSize.ofMegabytes(64), null));

        assertThat(failure(spinning)).isInstanceOf(Permanent.class);
        assertThat(failure(hungry).failure().detail()).containsIgnoringCase("memory");
    }

    @Test
    void refusesAtStartWhatIsNotThere() {
        assertThatThrownBy(() -> CommandHandler.of("key", CommandSettings.of("no-such-program -x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("key.line")
                .hasMessageContaining("no-such-program");
        assertThatThrownBy(() -> CommandHandler.of("key", CommandSettings.of("sh -c 'open")))
                .hasMessageContaining("left open");
        assertThatThrownBy(() -> CommandHandler.of("key", CommandSettings.of("  ")))
                .hasMessageContaining("must name a program");
    }

    @Test
    void splitsALineAsAShellWould() {
        assertThat(CommandLine.words("a  'b c' \"d \\\"e\\\"\" f\\ g '' h\"i\"'j' \"\\n\" \"it's\""))
                .containsExactly("a", "b c", "d \"e\"", "f g", "", "hij", "\\n", "it's");
    }

    private static long sleeping(String marker) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().arguments().stream()
                        .anyMatch(arguments -> arguments.length == 1 && arguments[0].equals(marker)))
                .count();
    }

    private Payload run(String line, byte[] input) {
        return Objects.requireNonNull(
                handler(line).handle(TestAttempts.of(input), context).block(PATIENCE));
    }

    private HandlerException failure(String line) {
        return failure(handler(line));
    }

    private HandlerException failure(CommandHandler handler) {
        Throwable failure = handler.handle(TestAttempts.of("{}"), context)
                .<Throwable>map(result -> new AssertionError("succeeded with " + result))
                .onErrorResume(HandlerException.class, Mono::just)
                .block(PATIENCE);
        assertThat(failure).isInstanceOf(HandlerException.class);
        return (HandlerException) Objects.requireNonNull(failure);
    }

    private static CommandHandler handler(String line) {
        return CommandHandler.of("key", CommandSettings.of(line));
    }

    private static String text(Payload payload) {
        return new String(payload.bytes(), StandardCharsets.UTF_8);
    }
}
