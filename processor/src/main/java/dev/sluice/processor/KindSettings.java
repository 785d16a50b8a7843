package dev.sluice.processor;

import dev.sluice.processor.command.CommandSettings;
import dev.sluice.processor.http.HttpSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a processor runs one kind, {@code sluice.processor.kinds.KIND}. With neither {@code http} nor {@code command} the
 * kind's handler is Java code.
 *
 * @param http the HTTP target that does the work
 * @param command the local program that does the work
 * @param tokens of the processor's tokens at most these; without it, all
 * @param timeout of an attempt at most, also where the request allows more; without it, 24 h
 * @param maxEnvelope requests in one envelope at most; without it 1 for {@code http} and {@code command}, 16 for Java
 *     code
 */
public record KindSettings(
        @Nullable HttpSettings http,
        @Nullable CommandSettings command,
        @Nullable Integer tokens,
        @Nullable Duration timeout,
        @Nullable Integer maxEnvelope) {

    /** A kind that Java code runs, with defaults for all else. */
    public static final KindSettings JAVA = new KindSettings(null, null, null, null, null);

    /** A kind that an HTTP target runs, with defaults for all else. */
    public static KindSettings of(HttpSettings http) {
        return new KindSettings(http, null, null, null, null);
    }

    /** A kind that a local program runs, with defaults for all else. */
    public static KindSettings of(CommandSettings command) {
        return new KindSettings(null, command, null, null, null);
    }
}
