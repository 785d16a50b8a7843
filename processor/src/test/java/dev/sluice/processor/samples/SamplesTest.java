package dev.sluice.processor.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Payload;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.HandlerException.Permanent;
import dev.sluice.processor.handler.HandlerException.Transient;
import dev.sluice.processor.handler.RecordingContext;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.processor.handler.TestAttempts;
import dev.sluice.processor.handler.Work;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class SamplesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final RecordingContext context = new RecordingContext();

    @Test
    void echoGivesBackWhatItGot() {
        Work work = TestAttempts.of(new byte[] {0, 1, 2});

        assertThat(run("echo", work)).isSameAs(work.payload());
    }

    @Test
    void sleepTakesItsTimeAndSaysHowFarItIs() {
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        Sleep sleep = new Sleep(time);

        StepVerifier.create(sleep.handle(TestAttempts.of("{\"ms\":1500}"), context))
                .then(() -> time.advanceTimeBy(Duration.ofMillis(1_499)))
                .then(() -> assertThat(context.progress()).hasSize(14).last().isEqualTo("93 asleep"))
                .then(() -> time.advanceTimeBy(Duration.ofMillis(1)))
                .assertNext(result -> assertThat(text(result)).isEqualTo("{\"sleptMs\":1500}"))
                .verifyComplete();
    }

    @Test
    void sleepStopsWhenItIsCancelled() {
        VirtualTimeScheduler time = VirtualTimeScheduler.create();

        new Sleep(time)
                .handle(TestAttempts.of("{\"ms\":1500}"), context)
                .subscribe()
                .dispose();

        time.advanceTimeBy(Duration.ofSeconds(2));
        assertThat(context.progress()).isEmpty();
    }

    @Test
    void sleepRefusesWhatIsNoTime() {
        for (String input : new String[] {
            "{\"ms\":-1}", "{\"ms\":86400001}", "{}", "null", "[]", "{\"ms\":\"x\"}", "", "{\"ms\":1}{", "{\"mss\":1}"
        }) {
            assertThat(failure("sleep", TestAttempts.of(input)))
                    .as(input)
                    .isInstanceOf(Permanent.class)
                    .hasMessageContaining("validation-failed");
        }
    }

    @Test
    void flakyFailsAsOftenAsItWasAsked() {
        assertThat(failure("flaky", TestAttempts.of("{\"failures\":2}", 2))).isInstanceOf(Transient.class);
        assertThat(text(run("flaky", TestAttempts.of("{\"failures\":2}", 3)))).isEqualTo("{\"attempt\":3}");
    }

    @Test
    void failFailsAsItWasAsked() {
        assertThat(failure("fail", TestAttempts.of("{\"permanent\":true,\"message\":\"no\"}")))
                .isInstanceOf(Permanent.class)
                .extracting(failure -> failure.failure().detail())
                .isEqualTo("no");
        assertThat(failure("fail", TestAttempts.of("{\"permanent\":false}"))).isInstanceOf(Transient.class);
    }

    @Test
    void thumbnailMakesJpegAndPngSmaller() throws IOException {
        for (String format : new String[] {"jpg", "png"}) {
            Payload result = run("thumbnail", TestAttempts.of(picture(format, 1_200, 600)));

            BufferedImage small = ImageIO.read(new ByteArrayInputStream(result.bytes()));
            assertThat(result.contentType()).isEqualTo("image/png");
            assertThat(small.getWidth()).as(format).isEqualTo(256);
            assertThat(small.getHeight()).as(format).isEqualTo(128);
            assertThat(new Color(small.getRGB(64, 64)).getRed()).as(format).isGreaterThan(200);
            assertThat(new Color(small.getRGB(192, 64)).getRed()).as(format).isLessThan(50);
        }
    }

    @Test
    void thumbnailLeavesASmallPictureAsLargeAsItIs() throws IOException {
        Payload result = run("thumbnail", TestAttempts.of(picture("png", 20, 10)));

        assertThat(ImageIO.read(new ByteArrayInputStream(result.bytes())).getWidth())
                .isEqualTo(20);
    }

    @Test
    void thumbnailRefusesGarbageAndCutOffPictures() throws IOException {
        byte[] whole = picture("png", 300, 300);
        byte[][] broken = {
            new byte[0],
            "hello".getBytes(StandardCharsets.UTF_8),
            Arrays.copyOf(whole, 20),
            Arrays.copyOf(whole, whole.length / 2),
            Arrays.copyOf(picture("jpg", 300, 300), 30),
        };
        for (byte[] bytes : broken) {
            assertThat(failure("thumbnail", TestAttempts.of(bytes)))
                    .as("%d bytes", bytes.length)
                    .isInstanceOf(Permanent.class)
                    .hasMessageContaining("not-an-image");
        }
    }

    @Test
    void thumbnailRefusesAPictureThatClaimsToBeHuge() throws IOException {
        byte[] bomb = picture("png", 10, 10);
        // Width and height stand behind the signature and the head of the first chunk; its checksum is not read before
        // them.
        Arrays.fill(bomb, 17, 20, (byte) 0x7f);
        Arrays.fill(bomb, 21, 24, (byte) 0x7f);

        assertThat(failure("thumbnail", TestAttempts.of(bomb)).failure().detail())
                .contains("pixels");
    }

    private static byte[] picture(String format, int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.RED);
        graphics.fillRect(0, 0, width / 2, height);
        graphics.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, format, out);
        return out.toByteArray();
    }

    private Payload run(String kind, Work work) {
        return Objects.requireNonNull(handler(kind).handle(work, context).block(PATIENCE));
    }

    private HandlerException failure(String kind, Work work) {
        Throwable failure = Mono.defer(() -> handler(kind).handle(work, context))
                .<Throwable>map(result -> new AssertionError("succeeded with " + result))
                .onErrorResume(HandlerException.class, Mono::just)
                .block(PATIENCE);
        assertThat(failure).isInstanceOf(HandlerException.class);
        return (HandlerException) Objects.requireNonNull(failure);
    }

    private static RequestHandler handler(String kind) {
        return Objects.requireNonNull(Samples.handlers().get(kind));
    }

    private static String text(Payload payload) {
        return new String(payload.bytes(), StandardCharsets.UTF_8);
    }
}
