package dev.sluice.gateway;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The console in a real browser before a real gateway. Each complaint of the browser fails the test in which it came.
 */
class ConsoleIT {

    private static final double TIMEOUT_MS = 15_000;

    /** The folder for pictures of each screen, for people; without the setting none are taken. */
    private static final @Nullable String SHOTS = System.getenv("SLUICE_SHOTS");

    private static GatewayProcess gateway;
    private static Chromium chromium;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() {
        gateway = GatewayProcess.dev(Map.of(), "--data", "data");
        chromium = Chromium.start();
        PlaywrightAssertions.setDefaultAssertionTimeout(TIMEOUT_MS);
    }

    @AfterAll
    static void stop() {
        chromium.close();
        gateway.close();
    }

    @BeforeEach
    void open() {
        open(1280, 900, ColorScheme.LIGHT);
    }

    @AfterEach
    void nothingWasComplainedAbout() {
        context.close();
        assertThat(complaints).as("console messages, page errors, failed loads").isEmpty();
    }

    @Test
    void echoShowsItsResultDigitByDigit() {
        submit("echo", "{\"hello\":\"world\",\"big\":12345678901234567890}");

        awaitState("SUCCEEDED");
        assertThat(page.locator(".result pre")).containsText("\"big\": 12345678901234567890");
        assertThat(log("succeeded")).hasCount(1);
    }

    @Test
    void sleepShowsItsProgressWhileItRuns() {
        submit("sleep", "{\"ms\":4000}");

        awaitState("RUNNING");
        assertThat(page.locator("div.progress")).containsText(Pattern.compile("Running, [0-9]+ %: asleep"));
        assertThat(log("progress").nth(3)).containsText("%");
        assertThat(page.getByRole(AriaRole.PROGRESSBAR)).hasAttribute("value", Pattern.compile("[0-9.]+"));
        awaitState("SUCCEEDED");
        assertThat(page.locator(".result pre")).containsText("\"sleptMs\": 4000");
    }

    @Test
    void failShowsWhyAndHowOften() {
        submit("fail", "{\"permanent\":true,\"message\":\"as asked\"}");

        awaitState("FAILED");
        Locator problem = page.locator(".detail .problem");
        assertThat(problem).containsText("It was asked to fail");
        assertThat(problem).containsText("as asked");
        assertThat(problem).containsText("sample-failure, attempt 1 of 5, permanent");
        assertThat(page.locator(".result")).hasCount(0);
    }

    @Test
    void cancelStopsWhatRuns() {
        submit("sleep", "{\"ms\":60000}");
        awaitState("RUNNING");

        button("Cancel").click();

        awaitState("CANCELED");
        assertThat(button("Cancel")).hasCount(0);
    }

    @Test
    void refusesInputThatIsNoJsonBeforeItIsSent() {
        page.selectOption("#kind", "echo");
        page.fill("#input", "{\"unfinished\":");

        assertThat(button("Submit")).isDisabled();
        assertThat(page.locator("#wrong")).not().isEmpty();
    }

    @Test
    void showsMarkupInAResultAsText() {
        submit("echo", "{\"html\":\"<img src=x onerror=alert(1)>\"}");

        awaitState("SUCCEEDED");
        assertThat(page.locator(".result pre")).containsText("<img src=x onerror=alert(1)>");
        assertThat(page.locator(".result img")).hasCount(0);
    }

    @Test
    void reloadKeepsTheRequestsOfThePageAndFollowsOn() {
        submit("echo", "{\"first\":1}");
        awaitState("SUCCEEDED");
        submit("sleep", "{\"ms\":5000}");
        awaitState("RUNNING");

        page.reload();

        assertThat(page.locator(".recent li")).hasCount(2);
        assertThat(page.locator(".detail h2")).hasText("sleep");
        awaitState("SUCCEEDED");
        assertThat(page.locator(".log li .seq").first()).hasText("1");
    }

    @Test
    void aLinkOpensItsRequestElsewhere() {
        submit("echo", "{\"linked\":true}");
        awaitState("SUCCEEDED");
        String link = page.url();
        assertThat(link).contains("#req_");

        context.close();
        open(1280, 900, ColorScheme.LIGHT, link);

        awaitState("SUCCEEDED");
        assertThat(page.locator(".result pre")).containsText("\"linked\": true");
    }

    @Test
    void aLinkToNothingSaysSo() {
        context.close();
        open(1280, 900, ColorScheme.LIGHT, consoleUrl() + "#req_019a0000-0000-7000-8000-000000000000");

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("No such request");
        // The browser itself notes the 404 that this test provokes.
        assertThat(complaints).hasSize(1).first().asString().contains("404");
        complaints.clear();
    }

    @Test
    void themeIsSwitchedByItsKeyAndRemembered() {
        // Keys are heard once the page has loaded.
        assertThat(page.locator("#kind")).hasValue("echo");
        page.locator(".left h2").first().click();
        page.keyboard().press("t");
        assertThat(page.locator("html")).hasAttribute("data-theme", "dark");

        page.reload();

        assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
    }

    @ParameterizedTest
    @CsvSource({"1280, LIGHT", "1280, DARK", "380, LIGHT", "380, DARK"})
    void nothingIsWiderThanTheScreen(int width, ColorScheme scheme) {
        context.close();
        open(width, 800, scheme);
        look("empty", width, scheme);

        for (String kind : List.of("echo", "sleep", "fail")) {
            page.selectOption("#kind", kind);
            button("Submit").click();
            if (kind.equals("sleep")) {
                assertThat(log("progress").nth(8)).isVisible();
                look("running", width, scheme);
            }
            assertThat(page.locator(".title .state")).hasText(kind.equals("fail") ? "FAILED" : "SUCCEEDED");
            look(kind, width, scheme);
        }
    }

    private void look(String name, int width, ColorScheme scheme) {
        if (SHOTS != null) {
            String file = name + "-" + width + "-" + scheme + ".png";
            page.screenshot(
                    new Page.ScreenshotOptions().setPath(Path.of(SHOTS, file)).setFullPage(true));
        }
        assertThat(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
                .as("pixels beyond the right edge, " + name)
                .isEqualTo(0);
    }

    private void submit(String kind, String input) {
        page.selectOption("#kind", kind);
        page.fill("#input", input);
        button("Submit").click();
        assertThat(page.locator(".detail h2")).hasText(kind);
    }

    private void awaitState(String state) {
        assertThat(page.locator(".title .state")).hasText(state);
    }

    private Locator log(String type) {
        return page.locator(".log li." + type);
    }

    private Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static String consoleUrl() {
        return gateway.api() + "/console/";
    }

    private void open(int width, int height, ColorScheme scheme) {
        open(width, height, scheme, consoleUrl());
    }

    private void open(int width, int height, ColorScheme scheme, String url) {
        context = chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, height)
                        .setColorScheme(scheme));
        page = context.newPage();
        page.setDefaultTimeout(TIMEOUT_MS);
        // Violations of the content security policy arrive as console errors.
        page.onConsoleMessage(message -> complaints.add(message.type() + ": " + message.text()));
        page.onPageError(complaints::add);
        page.navigate(url);
    }
}
