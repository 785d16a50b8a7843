package dev.sluice.gateway;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One connection and the bytes on it: no pool, no retry and no event loop of its own, so that only the server can
 * stall. For one thread.
 */
final class RawConnection implements Closeable {

    private final Socket socket = new Socket();
    private final InputStream in;
    private final Duration timeout;

    /** A whole response; header names in lower case. */
    record Answer(int status, Map<String, String> headers, String body) {

        /** The id in its Location. */
        String id() {
            String location = headers.getOrDefault("location", "");
            return location.substring(location.lastIndexOf('/') + 1);
        }
    }

    /** Connects; {@code timeout} bounds each answer. */
    RawConnection(int port, Duration timeout) throws IOException {
        this.timeout = timeout;
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) timeout.toMillis());
        socket.setSoTimeout((int) timeout.toMillis());
        in = new BufferedInputStream(socket.getInputStream(), 4_096);
    }

    static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: sluice\r\n\r\n";
    }

    /** The head of a POST whose body has so many bytes. */
    static String post(String path, int length) {
        return "POST " + path + " HTTP/1.1\r\nHost: sluice\r\nContent-Type: application/json\r\nContent-Length: "
                + length + "\r\n\r\n";
    }

    /** The head of a POST whose body comes in chunks. */
    static String postChunked(String path) {
        return "POST " + path
                + " HTTP/1.1\r\nHost: sluice\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    }

    static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    /** Writes as one piece. */
    void write(String ascii) throws IOException {
        socket.getOutputStream().write(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    /** Writes bytes that are no text, as the letters of Latin-1. */
    void writeLatin1(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** One byte, or -1 at the end or if none came within the given time. */
    int readByte(int withinMs) throws IOException {
        socket.setSoTimeout(withinMs);
        try {
            return in.read();
        } catch (SocketTimeoutException _) {
            return -1;
        }
    }

    /** Whether something has come within the given time that is not read yet, or the end. */
    boolean hasNews(int withinMs) throws IOException {
        in.mark(1);
        socket.setSoTimeout(withinMs);
        try {
            if (in.read() >= 0) {
                in.reset();
            }
            return true;
        } catch (SocketTimeoutException _) {
            return false;
        }
    }

    /** Whether the server ends the connection within the given time, without another byte. */
    boolean isEnded(int withinMs) throws IOException {
        socket.setSoTimeout(withinMs);
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException _) {
            return false;
        } catch (SocketException _) {
            return true; // a reset: the server had not read everything
        }
    }

    /** Everything until the end, with the marks of chunks in between. */
    String rest() throws IOException {
        socket.setSoTimeout((int) timeout.toMillis());
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Reads one response with a length. */
    Answer read() throws IOException {
        return read(true);
    }

    /** Reads one response to HEAD. */
    Answer readHead() throws IOException {
        return read(false);
    }

    /** Reads a body in chunks to its end. */
    void skipChunks() throws IOException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        for (int size = -1; size != 0; line(deadlineNs)) {
            size = Integer.parseInt(line(deadlineNs), 16);
            in.skipNBytes(size);
        }
    }

    private Answer read(boolean hasBody) throws IOException {
        socket.setSoTimeout((int) timeout.toMillis());
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        String status = line(deadlineNs);
        Map<String, String> headers = new HashMap<>();
        for (String line = line(deadlineNs); !line.isEmpty(); line = line(deadlineNs)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        int length = hasBody ? Integer.parseInt(headers.getOrDefault("content-length", "0")) : 0;
        byte[] body = in.readNBytes(length);
        if (body.length != length) {
            throw new EOFException("the connection ended within a body");
        }
        return new Answer(Integer.parseInt(status.substring(9, 12)), headers, new String(body, StandardCharsets.UTF_8));
    }

    /** Ends it with a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line(long deadlineNs) throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection ended after '" + line + "'");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        if (System.nanoTime() - deadlineNs > 0) {
            throw new SocketTimeoutException("the answer took longer than " + timeout);
        }
        return line.toString();
    }
}
