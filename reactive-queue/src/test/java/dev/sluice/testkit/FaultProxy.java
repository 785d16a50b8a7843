package dev.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy that spoils connections on demand, in Toxiproxy's words: latency, bandwidth, timeout, reset_peer, slicer,
 * limit_data, down; each direction for itself.
 *
 * <p>Faults act on open connections at once and on new ones too, until they are cleared. Random values come from the
 * seed. It runs on daemon threads of its own; its methods may be called from any thread.
 */
public final class FaultProxy implements AutoCloseable {

    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

    private final int targetPort;
    private final int port;
    private final RandomGenerator random;
    private final Fault toServer;
    private final Fault toClient;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Acceptor acceptor;

    /** The port is free again only once the thread has left the socket, a moment after its close. */
    private record Acceptor(ServerSocket listener, Thread thread) {
        void close() {
            closeQuietly(listener);
            try {
                thread.join(END_TIMEOUT);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A proxy before a port of the loopback, without faults. */
    public FaultProxy(int targetPort, long seed) {
        this.targetPort = targetPort;
        this.port = FreePorts.one();
        this.random = RandomGeneratorFactory.getDefault().create(seed);
        this.toServer = new Fault(random);
        this.toClient = new Fault(random);
        up();
    }

    public int port() {
        return port;
    }

    /** The address as {@code host:port}. */
    public String address() {
        return "127.0.0.1:" + port;
    }

    /** The treatment of bytes from the client to the server. */
    public Fault toServer() {
        return toServer;
    }

    /** The treatment of bytes from the server to the client. */
    public Fault toClient() {
        return toClient;
    }

    /** Silent partition: connections stay open, new ones are taken, and nothing arrives on either side. */
    public void partition() {
        toServer.timeout(true);
        toClient.timeout(true);
    }

    /** Ends all faults; bytes that were held go on their way. */
    public void heal() {
        toServer.clear();
        toClient.clear();
        if (acceptor == null) {
            up();
        }
    }

    /** Resets all open connections (TCP RST), on both sides. */
    public void resetPeer() {
        sockets.forEach(FaultProxy::reset);
        sockets.clear();
    }

    /** Refuses new connections and closes the open ones. */
    public void down() {
        Acceptor open = acceptor;
        acceptor = null;
        if (open != null) {
            open.close();
        }
        sockets.forEach(FaultProxy::closeQuietly);
        sockets.clear();
    }

    @Override
    public void close() {
        toServer.clear();
        toClient.clear();
        down();
    }

    private void up() {
        try {
            ServerSocket open = new ServerSocket();
            open.setReuseAddress(true);
            open.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            acceptor = new Acceptor(open, startThread("accept", () -> acceptAll(open)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void acceptAll(ServerSocket open) {
        while (!open.isClosed()) {
            try {
                connect(open.accept());
            } catch (SocketException _) {
                return; // closed by down()
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void connect(Socket client) {
        sockets.add(client);
        try {
            Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort);
            sockets.add(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            pump(client, server, toServer);
            pump(server, client, toClient);
        } catch (IOException _) {
            end(client); // the target is down, and so are we
        }
    }

    private void pump(Socket from, Socket to, Fault fault) {
        Pump pump = new Pump(from, to, fault, () -> {
            end(from);
            end(to);
        });
        startThread("read", pump::readAll);
        startThread("write", pump::writeAll);
    }

    private void end(Socket socket) {
        sockets.remove(socket);
        closeQuietly(socket);
    }

    private Thread startThread(String what, Runnable task) {
        return Thread.ofPlatform()
                .daemon()
                .name("fault-proxy-" + port + "-" + what)
                .start(task);
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0); // closing then sends RST instead of FIN
        } catch (SocketException _) {
            // It is closed already.
        }
        closeQuietly(socket);
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception _) {
            // A socket that we give up matters to no other part.
        }
    }
}
