package dev.sluice.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A private RabbitMQ node on a free port of the loopback, that may be killed, stopped, starved and emptied: a
 * container, or a child process where there is no Docker ({@link RabbitSource} chooses). Its guest may log in.
 *
 * <p>Nothing of it outlives the JVM. Not thread-safe; for plain threads only, because nearly every method waits for a
 * process.
 */
public final class RabbitNode implements AutoCloseable {

    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final byte[] AMQP_HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    /** How many messages and consumers a queue has. */
    public record QueueCount(String name, long ready, long unacked, long consumers) {}

    private final RabbitServer server;
    private boolean stopped;

    private RabbitNode(RabbitServer server) {
        this.server = server;
    }

    /**
     * Starts a node and waits until it answers; throws with the remedy if there is neither Docker nor RabbitMQ on this
     * machine.
     */
    public static RabbitNode start() {
        RabbitNode node = new RabbitNode(RabbitSource.newServer());
        try {
            node.launch();
            return node;
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /** The AMQP port, the same over all restarts. */
    public int port() {
        return server.port();
    }

    /** The address as {@code host:port}. */
    public String address() {
        return "127.0.0.1:" + port();
    }

    /** Ends the node with SIGKILL, without any word to its clients beyond the closed sockets. */
    public void kill() {
        stopped = false;
        server.kill();
    }

    /**
     * Asks the node to write its list of queues and its directory of quorum queues now. A queue that was declared about
     * a second before a kill was seen to be gone afterwards, or with 3.10 to be listed and never to answer.
     */
    public void sync() {
        ctl("eval", "catch mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()].");
    }

    /** Starts it again with its data on disk; kills it first if it runs. */
    public void restart() {
        kill();
        launch();
    }

    /** Starts it again without anything: as if the machine had been replaced. */
    public void restartEmpty() {
        kill();
        server.empty();
        launch();
    }

    /** Stops the process: connections stay open and nothing answers. */
    public void stop() {
        server.pause();
        stopped = true;
    }

    /** Lets a stopped process go on. */
    public void cont() {
        server.unpause();
        stopped = false;
    }

    /** Raises the memory alarm: connections that publish are blocked. */
    public void raiseMemoryAlarm() {
        ctl("set_vm_memory_high_watermark", "0.000001");
    }

    /** Clears the memory alarm. */
    public void clearMemoryAlarm() {
        ctl("set_vm_memory_high_watermark", "absolute", "2GB");
    }

    /** Deletes a queue while it is in use. */
    public void deleteQueue(String name) {
        ctl("delete_queue", name);
    }

    /** Closes all connections from the broker's side. */
    public void closeConnections() {
        ctl("close_all_connections", "closed by the testkit");
    }

    /** Counts of all queues, by name. */
    public Map<String, QueueCount> queues() {
        Map<String, QueueCount> counts = new HashMap<>();
        String columns = ctl(
                "list_queues", "--no-table-headers", "name", "messages_ready", "messages_unacknowledged", "consumers");
        for (String line : columns.lines().toList()) {
            String[] cells = line.split("\t", -1);
            if (cells.length == 4) {
                counts.put(cells[0], new QueueCount(cells[0], count(cells[1]), count(cells[2]), count(cells[3])));
            }
        }
        return counts;
    }

    /** Runs {@code rabbitmqctl} on this node and returns its output; throws if it fails. */
    public String ctl(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--quiet"));
        all.addAll(List.of(arguments));
        return server.ctl(all);
    }

    @Override
    public void close() {
        if (stopped) {
            cont();
        }
        server.close();
    }

    private void launch() {
        server.launch();
        long deadline = System.nanoTime() + START_NANOS;
        while (!answers()) {
            if (!server.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException("the broker did not start: " + server.output());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()), 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write(AMQP_HEADER);
            return socket.getInputStream().read() == 1;
        } catch (IOException _) {
            return false;
        }
    }

    private static long count(String cell) {
        return cell.isBlank() ? 0 : Long.parseLong(cell.strip());
    }
}
