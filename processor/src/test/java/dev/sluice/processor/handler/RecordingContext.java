package dev.sluice.processor.handler;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Keeps the calls of a handler, and cancels when a test wants it. */
public final class RecordingContext implements Context {

    private final List<String> progress = new CopyOnWriteArrayList<>();
    private final Sinks.Empty<Void> canceled = Sinks.empty();
    private volatile boolean isCanceled;

    /** All progress, in order. */
    public List<String> progress() {
        return progress;
    }

    /** Tells the handler to end. */
    public void cancel() {
        isCanceled = true;
        canceled.emitEmpty(Sinks.EmitFailureHandler.FAIL_FAST);
    }

    @Override
    public void progress(String json) {
        if (!json.endsWith("}")) {
            throw new IllegalArgumentException("not JSON");
        }
        progress.add(json);
    }

    @Override
    public void progress(int percent, String message) {
        progress.add(percent + " " + message);
    }

    @Override
    public Mono<Void> output(byte[] chunk) {
        return Mono.empty();
    }

    @Override
    public Mono<Void> canceled() {
        return canceled.asMono();
    }

    @Override
    public boolean isCanceled() {
        return isCanceled;
    }
}
