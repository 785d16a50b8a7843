package dev.sluice.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A WebSocket to the gateway, for a thread that may wait. */
final class TestSocket implements AutoCloseable {

    private static final String PROTOCOL = "sluice.v1+json";
    private static final int TIMEOUT_S = 30;

    private final Inbox inbox = new Inbox();
    private final WebSocket socket;

    /** The frames that have come. */
    private static final class Inbox implements WebSocket.Listener {

        private final BlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final CompletableFuture<String> pong = new CompletableFuture<>();
        private final Semaphore pings = new Semaphore(0);
        private final StringBuilder text = new StringBuilder();
        private boolean paused;
        private boolean owed;

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                frames.add(Api.JSON.readTree(text.toString()));
                text.setLength(0);
            }
            request(webSocket);
            return null;
        }

        private synchronized void request(WebSocket webSocket) {
            if (paused) {
                owed = true;
            } else {
                webSocket.request(1);
            }
        }

        private synchronized void pause() {
            paused = true;
        }

        private synchronized void resume(WebSocket webSocket) {
            paused = false;
            if (owed) {
                owed = false;
                webSocket.request(1);
            }
        }

        /** Answered by the client itself, as a browser does. */
        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
            pings.release();
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
            pong.complete(
                    java.nio.charset.StandardCharsets.US_ASCII.decode(message).toString());
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            closed.complete(statusCode);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    private TestSocket(WebSocket.Builder builder, URI uri) throws ExecutionException, InterruptedException {
        socket = builder.buildAsync(uri, inbox).get();
    }

    /** Connects and sends nothing; {@code headers} are names and values in turn. */
    static TestSocket connect(String... headers) throws ExecutionException, InterruptedException {
        return connect(SharedGateway.process(), headers);
    }

    /** The same to a gateway that is not the shared one. */
    static TestSocket connect(GatewayProcess gateway, String... headers)
            throws ExecutionException, InterruptedException {
        WebSocket.Builder builder = new Api(gateway.api())
                .http()
                .newWebSocketBuilder()
                .subprotocols(PROTOCOL)
                .connectTimeout(Duration.ofSeconds(TIMEOUT_S));
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        return new TestSocket(builder, URI.create("ws://127.0.0.1:" + gateway.httpPort() + "/v1/ws"));
    }

    /** Connects and greets. */
    static TestSocket greeted() throws ExecutionException, InterruptedException {
        return greeted(SharedGateway.process());
    }

    /** The same to a gateway that is not the shared one. */
    static TestSocket greeted(GatewayProcess gateway) throws ExecutionException, InterruptedException {
        TestSocket socket = connect(gateway);
        socket.say("{\"type\":\"hello\"}");
        assertThat(socket.next("welcome").path("client").asString()).isEqualTo("local");
        return socket;
    }

    String protocol() {
        return socket.getSubprotocol();
    }

    void say(String json) {
        socket.sendText(json, true).join();
    }

    void sayBytes(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    }

    /** Reads no more, until {@link #resume}: at most one frame that was asked for still comes. */
    void pause() {
        inbox.pause();
    }

    void resume() {
        inbox.resume(socket);
    }

    /** The next frame that has come; null if there is none before the gateway has closed. */
    @Nullable
    JsonNode nextUntilClosed() throws InterruptedException {
        for (int polls = 0; polls < TIMEOUT_S * 10; polls++) {
            JsonNode frame = inbox.frames.poll(100, TimeUnit.MILLISECONDS);
            if (frame != null || inbox.closed.isDone()) {
                return frame == null ? inbox.frames.poll() : frame;
            }
        }
        throw new AssertionError("neither a frame nor a close");
    }

    /** The next frame. */
    JsonNode next() throws InterruptedException {
        JsonNode frame = inbox.frames.poll(TIMEOUT_S, TimeUnit.SECONDS);
        assertThat(frame).as("a frame").isNotNull();
        return requireNonNull(frame);
    }

    /** The next frame, which has to be of this type. */
    JsonNode next(String type) throws InterruptedException {
        JsonNode frame = next();
        assertThat(frame.path("type").asString()).as(frame.toString()).isEqualTo(type);
        return frame;
    }

    /** Submits by this socket and returns the id. */
    String submit(String ref, String kind, String input) throws InterruptedException {
        say("{\"type\":\"submit\",\"ref\":\"" + ref + "\",\"kind\":\"" + kind + "\",\"input\":" + input + "}");
        JsonNode accepted = next("accepted");
        assertThat(accepted.path("ref").asString()).isEqualTo(ref);
        return accepted.path("id").asString();
    }

    void subscribe(String id, int after) {
        say("{\"type\":\"subscribe\",\"id\":\"" + id + "\",\"after\":" + after + "}");
    }

    /** Sends a ping of the WebSocket protocol itself; returns the answer. */
    String pinged(String data) throws ExecutionException, InterruptedException, TimeoutException {
        socket.sendPing(ByteBuffer.wrap(data.getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .join();
        return inbox.pong.get(TIMEOUT_S, TimeUnit.SECONDS);
    }

    /** Waits until the gateway has sent so many more pings; each is answered. */
    void awaitPings(int count) throws InterruptedException {
        assertThat(inbox.pings.tryAcquire(count, TIMEOUT_S, TimeUnit.SECONDS))
                .as("%d pings", count)
                .isTrue();
    }

    /** Answers a sign of life. */
    void pong() {
        socket.sendPong(ByteBuffer.allocate(0)).join();
    }

    /** The code with which the gateway closes. */
    int closeCode() throws ExecutionException, InterruptedException, TimeoutException {
        return inbox.closed.get(TIMEOUT_S, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        socket.abort();
    }
}
