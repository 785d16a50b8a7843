package dev.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of the loopback on which no process listens just now. They lie below those that Linux gives to outgoing
 * connections: a server that is stopped for a while finds its port free when it starts again.
 */
public final class FreePorts {

    private static final int LOWEST = 12_000;
    private static final int OUTGOING = 32_768;

    /** One port, free at the time of the call. */
    public static int one() {
        return some(1).getFirst();
    }

    /** Different ports: they are held together before any of them is given back. */
    public static List<Integer> some(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            while (held.size() < count) {
                free(ThreadLocalRandom.current().nextInt(LOWEST, OUTGOING)).ifPresent(held::add);
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            held.forEach(FreePorts::close);
        }
    }

    private static Optional<ServerSocket> free(int port) {
        try {
            return Optional.of(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
        } catch (BindException _) {
            return Optional.empty(); // another process listens there
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private FreePorts() {}
}
