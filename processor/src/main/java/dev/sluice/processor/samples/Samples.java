package dev.sluice.processor.samples;

import dev.sluice.processor.handler.RequestHandler;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The sample kinds by name. */
public final class Samples {

    private static final int ECHO_ENVELOPE = 64;

    /** A handler for each sample kind. */
    public static Map<String, RequestHandler> handlers() {
        int processors = Runtime.getRuntime().availableProcessors();
        return Map.of(
                "echo", (work, _) -> Mono.just(work.payload()),
                "sleep", new Sleep(Schedulers.parallel()),
                "flaky", new Flaky(),
                "fail", new Fail(),
                // It computes: more runs at once than there are processors would only slow each other down.
                "thumbnail", new Thumbnail(Thumbnail.DEFAULT_SIDE).bounded(processors));
    }

    /** Sizes of envelopes that differ from the default for Java handlers. */
    public static Map<String, Integer> envelopes() {
        return Map.of("echo", ECHO_ENVELOPE, "thumbnail", 1, "sleep", 1);
    }

    private Samples() {}
}
