package dev.sluice.processor.handler;

import reactor.core.publisher.Mono;

/** The line between a running attempt and its processor. Thread-safe; after the attempt's end all calls are ignored. */
public interface Context {

    /**
     * Reports how far the attempt is. At most four reports a second go out, each time the newest.
     *
     * @param json one JSON value of at most {@link dev.sluice.message.Report.Progress#MAX_JSON} bytes
     * @throws IllegalArgumentException if it is not JSON or longer
     */
    void progress(String json);

    /**
     * Reports how far the attempt is.
     *
     * @param percent 0 to 100
     */
    void progress(int percent, String message);

    /**
     * Gives a piece of output before the end.
     *
     * <p>Hot: reported with the call, in chunks of at most {@link dev.sluice.message.Report.Output#MAX_CHUNK} bytes.
     * The bytes are handed over.
     *
     * @return completes once the broker has confirmed the piece: waiting for it keeps the output bounded. {@link
     *     IllegalStateException} if {@link #MAX_UNCONFIRMED} bytes wait already; nothing was taken
     */
    Mono<Void> output(byte[] chunk);

    /**
     * Signals that the attempt should end now, because its caller gave up, its time is over, or the processor stops.
     *
     * <p>A handler that subscribes gets {@link #GRACE_MS} to end by itself, in any way; one that does not is cancelled
     * at once.
     *
     * @return completes when the attempt should end, else never
     */
    Mono<Void> canceled();

    /** Whether {@link #canceled} has happened: for loops that look now and then. */
    boolean isCanceled();

    /** Bytes of output of one attempt that may wait for their confirm. */
    int MAX_UNCONFIRMED = 256 * 1024;

    /** Milliseconds between {@link #canceled} and the end by force, for handlers that listen. */
    long GRACE_MS = 2_500;
}
