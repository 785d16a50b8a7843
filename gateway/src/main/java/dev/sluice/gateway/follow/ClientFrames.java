package dev.sluice.gateway.follow;

import dev.sluice.gateway.intake.SubmitOptions;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.message.RequestId;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the frames of clients. The input of a submit is cut out byte by byte as it came, so that no number loses a
 * digit.
 */
final class ClientFrames {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(80)
                    .maxNumberLength(100)
                    .maxNameLength(1_024)
                    .build())
            .build();

    private static final int MAX_REF = 255;
    private static final Set<String> OPTIONS = Set.of("cost", "maxAttempts", "timeout");

    private final byte[] bytes;
    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Map<String, Integer> options = new HashMap<>();
    private byte @Nullable [] input;

    private ClientFrames(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads a frame from these bytes.
     *
     * @throws FrameException if they are no frame, or ask for something that is not offered
     */
    static ClientFrame parse(byte[] bytes) {
        ClientFrames frame = new ClientFrames(bytes);
        try (JsonParser parser = JSON.createParser(tools.jackson.core.ObjectReadContext.empty(), bytes)) {
            frame.readObject(parser);
        } catch (JacksonException _) {
            throw FrameException.malformed("not a JSON object");
        }
        return frame.toFrame();
    }

    private void readObject(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw FrameException.malformed("not a JSON object");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            readMember(parser, parser.currentName());
        }
        if (parser.nextToken() != null) {
            throw FrameException.malformed("more than one JSON value");
        }
    }

    private void readMember(JsonParser parser, String name) {
        JsonToken token = parser.nextToken();
        if (name.equals("input")) {
            input = slice(parser);
        } else if (name.equals("options") && token == JsonToken.START_OBJECT) {
            readOptions(parser);
        } else if (token == JsonToken.VALUE_STRING) {
            texts.put(name, parser.getString());
        } else if (token == JsonToken.VALUE_NUMBER_INT) {
            numbers.put(name, number(parser));
        } else if (token != JsonToken.VALUE_NULL) {
            throw FrameException.malformed("the member " + name + " has the wrong type");
        }
    }

    private void readOptions(JsonParser parser) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT || !OPTIONS.contains(name)) {
                parser.skipChildren();
                options.put(name, -1);
            } else {
                options.put(name, number(parser));
            }
        }
    }

    private byte[] slice(JsonParser parser) {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        return Arrays.copyOfRange(bytes, from, (int) parser.currentLocation().getByteOffset());
    }

    /** The number, or -1 for one that does not fit. */
    private static int number(JsonParser parser) {
        boolean fits = parser.getNumberType() == JsonParser.NumberType.INT;
        return fits ? parser.getIntValue() : -1;
    }

    private ClientFrame toFrame() {
        return switch (texts.getOrDefault("type", "")) {
            case "hello" -> new ClientFrame.Hello();
            case "submit" -> submit();
            case "subscribe" -> new ClientFrame.Subscribe(ref(), id(), ranged("after", 0, 0, Integer.MAX_VALUE));
            case "unsubscribe" -> new ClientFrame.Unsubscribe(id());
            case "cancel" -> new ClientFrame.Cancel(ref(), id());
            case "credit" -> new ClientFrame.Credit(ranged("n", 0, 1, 1_000_000));
            case "ping" -> new ClientFrame.Ping();
            default -> throw FrameException.malformed("no known type");
        };
    }

    private ClientFrame submit() {
        String kind = texts.get("kind");
        if (kind == null || input == null) {
            throw FrameException.malformed("submit needs kind and input");
        }
        int timeoutS = option("timeout", 0, SubmitOptions.MAX_TIMEOUT_S);
        SubmitOptions chosen = new SubmitOptions(
                option("cost", 1, SubmitOptions.MAX_COST),
                option("maxAttempts", 0, SubmitOptions.MAX_ATTEMPTS),
                timeoutS == 0 ? null : Duration.ofSeconds(timeoutS),
                null);
        for (String name : options.keySet()) {
            if (!OPTIONS.contains(name)) {
                throw invalidOption("The option " + name + " is not offered by this version");
            }
        }
        return new ClientFrame.Submit(ref(), kind, input, chosen);
    }

    private int option(String name, int absent, int max) {
        Integer value = options.get(name);
        if (value == null) {
            return absent;
        }
        if (value < 1 || value > max) {
            throw invalidOption("options." + name + " must be a whole number from 1 to " + max);
        }
        return value;
    }

    private int ranged(String name, int absent, int min, int max) {
        int value = numbers.getOrDefault(name, absent);
        if (value < min || value > max) {
            throw FrameException.malformed(name + " must be a whole number from " + min + " to " + max);
        }
        return value;
    }

    private RequestId id() {
        if (texts.containsKey("label")) {
            throw invalidOption("The option label is not offered by this version");
        }
        return RequestId.parse(texts.getOrDefault("id", ""))
                .orElseThrow(() -> FrameException.refused(
                        new Problem(ProblemType.UNKNOWN_REQUEST, "There is no request of this id"), ref()));
    }

    private FrameException invalidOption(String detail) {
        return FrameException.refused(new Problem(ProblemType.INVALID_OPTION, detail), ref());
    }

    private String ref() {
        String ref = texts.getOrDefault("ref", "");
        if (ref.length() > MAX_REF) {
            throw FrameException.malformed("ref may have 255 characters");
        }
        return ref;
    }
}
