package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The contract as a gateway serves it. Tests hold real answers and frames against it; anything that it does not name is
 * an error: status, code, content type, header, member. Each documented answer has a name, {@code "read 304"} or
 * {@code "read 404 unknown-request"}.
 */
final class Contract {

    private static final String OPENAPI = "https://contract/openapi.json";
    private static final String ASYNCAPI = "https://contract/asyncapi.json";
    private static final String PROBLEM = "application/problem+json";

    /** Every answer may have these: they belong to HTTP, not to an operation. */
    private static final Set<String> OF_HTTP =
            Set.of("content-type", "content-length", "transfer-encoding", "connection", "cache-control");

    private static final Pattern LINES = Pattern.compile("\n\n");

    private final JsonNode openapi;
    private final JsonNode asyncapi;
    private final SchemaRegistry schemas;

    /** An answer; header names in lower case. */
    record Answer(String method, String path, int status, Map<String, String> headers, byte[] body) {

        static Answer of(HttpResponse<byte[]> answer) {
            Map<String, String> headers = new TreeMap<>();
            answer.headers()
                    .map()
                    .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
            return new Answer(
                    answer.request().method(), answer.uri().getRawPath(), answer.statusCode(), headers, answer.body());
        }

        static Answer of(String method, String path, RawConnection.Answer answer) {
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            return new Answer(method, path, answer.status(), new TreeMap<>(answer.headers()), body);
        }

        String contentType() {
            return headers.getOrDefault("content-type", "").replaceFirst(" *;.*", "");
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return method + " " + path + ": " + status + " " + headers + " " + text();
        }
    }

    /** The contract that this gateway serves. */
    static Contract of(Api api) {
        return new Contract(Api.text(api.get("/openapi.json")), Api.text(api.get("/asyncapi.json")));
    }

    Contract(String open, String async) {
        openapi = Api.JSON.readTree(open);
        asyncapi = Api.JSON.readTree(async);
        SchemaRegistryConfig strict =
                SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build();
        schemas = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemaRegistryConfig(strict).schemas(Map.of(OPENAPI, open, ASYNCAPI, async)));
    }

    /** All operations, as method and path. */
    Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        paths().forEach((path, item) ->
                item.propertyNames().forEach(method -> operations.add(method.toUpperCase(Locale.ROOT) + " " + path)));
        return operations;
    }

    /** The names of all documented answers. */
    Set<String> answers() {
        Set<String> answers = new TreeSet<>();
        for (JsonNode item : paths().values()) {
            for (JsonNode operation : item) {
                operation
                        .path("responses")
                        .forEachEntry((status, response) -> namesOf(response)
                                .forEach(name -> answers.add(
                                        (operation.path("operationId").asString() + " " + status + " " + name)
                                                .trim())));
            }
        }
        return answers;
    }

    /**
     * Holds an answer against its operation and returns the name of the documented answer; fails if it is none of them.
     */
    String nameOf(Answer answer) {
        JsonNode operation = operationOf(answer);
        JsonNode response = operation.path("responses").path(Integer.toString(answer.status()));
        assertThat(response.isObject()).as("documented status: %s", answer).isTrue();
        checkHeaders(response.path("headers"), answer);
        String name = checkContent(response.path("content"), answer);
        assertThat(namesOf(response)).as("documented: %s", answer).contains(name);
        return (operation.path("operationId").asString() + " " + answer.status() + " " + name).trim();
    }

    /** Holds a problem that belongs to no operation against the schema of problems. */
    void checkProblem(Answer answer) {
        assertThat(answer.contentType()).isEqualTo(PROBLEM);
        check(OPENAPI, "#/components/schemas/Problem", Api.JSON.readTree(answer.body()), answer);
    }

    /** The types of frames of {@code "receiveFromClient"} or {@code "sendToClient"}. */
    Set<String> frames(String operation) {
        return messages(operation).keySet();
    }

    /** The types of events. */
    Set<String> events() {
        Set<String> types = new TreeSet<>();
        openapi.at("/components/schemas/Event/properties/type/enum").forEach(type -> types.add(type.asString()));
        return types;
    }

    /** Holds a frame against the messages of this operation; fails if it is none of them. */
    void checkFrame(String operation, JsonNode frame) {
        String message = messages(operation).get(frame.path("type").asString());
        assertThat(message).as("documented type: %s", frame).isNotNull();
        check(ASYNCAPI, message + "/payload", frame, frame);
    }

    /** Type of frame to where its message is described. */
    private Map<String, String> messages(String operation) {
        Map<String, String> messages = new TreeMap<>();
        for (JsonNode reference :
                asyncapi.path("operations").path(operation).path("messages").values()) {
            String ofChannel = reference.path("$ref").asString();
            String message = asyncapi.at(ofChannel.substring(1)).path("$ref").asString();
            messages.put(asyncapi.at(message.substring(1)).path("name").asString(), message);
        }
        return messages;
    }

    private Map<String, JsonNode> paths() {
        return openapi.path("paths").properties().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private JsonNode operationOf(Answer answer) {
        String method = answer.method().equals("HEAD") ? "get" : answer.method().toLowerCase(Locale.ROOT);
        List<JsonNode> found = new ArrayList<>();
        paths().forEach((template, item) -> {
            if (answer.path().matches(template.replaceAll("\\{[A-Za-z]+}", "[^/]+")) && item.has(method)) {
                found.add(item.path(method));
            }
        });
        assertThat(found).as("operations of %s", answer).hasSize(1);
        return found.getFirst();
    }

    /** Tells the answers of one status apart: the code of a problem, the type where there is a choice. */
    private static List<String> namesOf(JsonNode response) {
        JsonNode content = response.path("content");
        if (content.has(PROBLEM)) {
            return List.of(response.path("description").asString().split(", "));
        }
        return content.size() > 1 ? List.copyOf(content.propertyNames()) : List.of("");
    }

    private void checkHeaders(JsonNode documented, Answer answer) {
        Set<String> undocumented = new TreeSet<>(answer.headers().keySet());
        undocumented.removeAll(OF_HTTP);
        documented.forEachEntry((name, reference) -> {
            JsonNode header = resolved(reference);
            String value = answer.headers().get(name.toLowerCase(Locale.ROOT));
            undocumented.remove(name.toLowerCase(Locale.ROOT));
            if (value != null) {
                check(header.path("schema"), valueOf(header, value), name + " of " + answer);
            } else {
                assertThat(header.path("required").asBoolean())
                        .as("%s is missing: %s", name, answer)
                        .isFalse();
            }
        });
        assertThat(undocumented).as("undocumented headers of %s", answer).isEmpty();
    }

    private static JsonNode valueOf(JsonNode header, String value) {
        boolean whole = header.path("schema").path("type").asString("").equals("integer");
        return whole ? Api.JSON.readTree(value) : JsonNodeFactory.instance.stringNode(value);
    }

    private String checkContent(JsonNode documented, Answer answer) {
        if (documented.isEmpty() || answer.method().equals("HEAD")) {
            assertThat(answer.body()).as("body of %s", answer).isEmpty();
            return "";
        }
        String type = answer.contentType();
        JsonNode content = documented.has(type) ? documented.path(type) : documented.path("*/*");
        assertThat(content.isObject()).as("documented type: %s", answer).isTrue();
        if (type.equals("text/event-stream")) {
            checkStream(content.path("x-events"), answer);
        } else if (content.has("schema") && type.endsWith("json")) {
            JsonNode body = Api.JSON.readTree(answer.body());
            check(content.path("schema"), body, answer);
            if (type.equals(PROBLEM)) {
                return body.path("code").asString();
            }
        }
        return documented.size() > 1 ? type : "";
    }

    /** Each event of a stream that has ended. */
    private void checkStream(JsonNode events, Answer answer) {
        for (String block : LINES.split(answer.text())) {
            Map<String, String> fields = block.lines()
                    .filter(line -> !line.startsWith(":"))
                    .collect(Collectors.toMap(
                            line -> line.replaceFirst(": .*", ""), line -> line.replaceFirst("^[a-z]+: ", "")));
            assertThat(fields.keySet()).as(block).isSubsetOf("id", "event", "data", "retry");
            if (fields.containsKey("event")) {
                String name = fields.get("event").replaceFirst("^request\\..*", "request.*");
                assertThat(events.has(name)).as("documented event: %s", block).isTrue();
                check(events.path(name), Api.JSON.readTree(fields.get("data")), block);
            }
        }
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? openapi.at(node.path("$ref").asString().substring(1)) : node;
    }

    /** A schema of openapi.json: a reference to one of its components, or one without references. */
    private void check(JsonNode schema, JsonNode value, Object whole) {
        if (schema.has("$ref")) {
            check(OPENAPI, schema.path("$ref").asString(), value, whole);
        } else {
            assertThat(schema.findValues("$ref")).isEmpty();
            check(schemas.getSchema(schema), value, whole);
        }
    }

    private void check(String document, String pointer, JsonNode value, Object whole) {
        check(schemas.getSchema(SchemaLocation.of(document + pointer)), value, whole);
    }

    private static void check(Schema schema, JsonNode value, Object whole) {
        List<Error> errors = schema.validate(value);

        assertThat(errors).as("as documented: %s", whole).isEmpty();
    }
}
