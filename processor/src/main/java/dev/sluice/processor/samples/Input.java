package dev.sluice.processor.samples;

import dev.sluice.message.Payload;
import dev.sluice.processor.handler.HandlerException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads the JSON input of a sample, and writes results as JSON. */
final class Input {

    private static final JsonMapper JSON = JsonMapper.builder()
            // A sample ignores further members: people try things.
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    /** The input as {@code type}; {@link HandlerException.Permanent} if it does not fit. */
    static <T> T read(Payload payload, Class<T> type) {
        try {
            T value = JSON.readValue(payload.bytes(), type);
            if (value == null) {
                throw HandlerException.Permanent.invalid("It must be a JSON object, but is null");
            }
            return value;
        } catch (JacksonException e) {
            throw HandlerException.Permanent.invalid(e.getOriginalMessage());
        }
    }

    static Payload json(Object value) {
        return new Payload(Payload.JSON, JSON.writeValueAsBytes(value));
    }

    private Input() {}
}
