package dev.sluice.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;

/** Moves the bytes of one direction of one connection: one thread reads, one writes when the {@link Fault} lets it. */
final class Pump {

    private record Chunk(byte[] bytes, long dueNanos) {}

    private static final int MAX_CHUNKS = 256;
    private static final Chunk END = new Chunk(new byte[0], 0);

    private final Socket from;
    private final Socket to;
    private final Fault fault;
    private final Runnable closing;
    private final BlockingQueue<Chunk> chunks = new ArrayBlockingQueue<>(MAX_CHUNKS);

    Pump(Socket from, Socket to, Fault fault, Runnable closing) {
        this.from = from;
        this.to = to;
        this.fault = fault;
        this.closing = closing;
    }

    void readAll() {
        byte[] buffer = new byte[16_384];
        try {
            InputStream in = from.getInputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                chunks.put(new Chunk(Arrays.copyOf(buffer, read), fault.dueNanos(System.nanoTime())));
            }
            chunks.put(END);
        } catch (IOException _) {
            chunks.clear();
            var _ = chunks.offer(END);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    void writeAll() {
        try {
            OutputStream out = to.getOutputStream();
            for (Chunk chunk = chunks.take(); chunk.bytes().length > 0; chunk = chunks.take()) {
                if (!write(chunk, out)) {
                    return;
                }
            }
            fault.awaitVoice(); // a partition holds the end of a connection back, too
        } catch (IOException _) {
            // The other side is gone: so is this connection.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            closing.run();
            chunks.clear(); // the reader may wait for room
        }
    }

    private boolean write(Chunk chunk, OutputStream out) throws IOException, InterruptedException {
        int sent = 0;
        while (sent < chunk.bytes().length) {
            int allowed = fault.await(chunk.dueNanos(), chunk.bytes().length - sent);
            if (allowed == 0) {
                return false;
            }
            out.write(chunk.bytes(), sent, allowed);
            sent += allowed;
            LockSupport.parkNanos(fault.busyNanos(allowed));
        }
        return true;
    }
}
