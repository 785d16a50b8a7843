package dev.sluice.processor.command;

import dev.sluice.message.Payload;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * A local program as the target of a kind, {@code sluice.processor.kinds.KIND.command}.
 *
 * @param line the program and its arguments, quoted as in a shell; no shell reads it
 * @param contentType of the result
 * @param maxMemory of address space, for each process; none by default
 * @param maxCpu of processor time, for each process; none by default
 */
public record CommandSettings(
        String line,
        @DefaultValue(Payload.BINARY) String contentType,
        @Nullable DataSize maxMemory,
        @Nullable Duration maxCpu) {

    public CommandSettings {
        if (maxMemory != null && maxMemory.toMegabytes() < 1) {
            throw new IllegalArgumentException("command.max-memory must be at least 1MB, was " + maxMemory);
        }
        if (maxCpu != null && maxCpu.toSeconds() < 1) {
            throw new IllegalArgumentException("command.max-cpu must be at least 1s, was " + maxCpu);
        }
    }

    /** A program without limits, with a result of opaque bytes. */
    public static CommandSettings of(String line) {
        return new CommandSettings(line, Payload.BINARY, null, null);
    }

    boolean isLimited() {
        return maxMemory != null || maxCpu != null;
    }
}
