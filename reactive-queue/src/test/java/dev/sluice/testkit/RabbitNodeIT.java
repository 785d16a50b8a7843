package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The abilities of this run's node, a container or a child process, on which other tests rely. */
final class RabbitNodeIT {

    private static RabbitNode node;

    @BeforeAll
    static void startNode() {
        node = RabbitNode.start();
    }

    @AfterAll
    static void closeNode() {
        node.close();
    }

    @Test
    void keepsItsPortAndItsQueuesOverAKill() throws Exception {
        declare("kept");
        int port = node.port();

        node.restart();

        assertThat(node.port()).isEqualTo(port);
        assertThat(node.queues()).containsKey("kept");
        connect().close();
    }

    @Test
    void hasNothingWhenItComesBackEmpty() throws Exception {
        declare("forgotten");

        node.restartEmpty();

        assertThat(node.queues()).isEmpty();
        connect().close();
    }

    @Test
    void answersNothingWhileItIsStopped() throws Exception {
        try (Connection open = connect()) {
            node.stop();

            assertThatThrownBy(RabbitNodeIT::connectBriefly).isInstanceOfAny(IOException.class, TimeoutException.class);
            assertThat(open.isOpen()).isTrue();
            node.cont();

            open.createChannel().close();
        }
    }

    @Test
    void canBeKilledWhileItIsStopped() throws Exception {
        node.stop();

        node.restart();

        connect().close();
    }

    private static void declare(String queue) throws Exception {
        try (Connection connection = connect()) {
            connection.createChannel().queueDeclare(queue, true, false, false, Map.of());
        }
        node.sync();
    }

    private static Connection connect() throws IOException, TimeoutException {
        return factory().newConnection();
    }

    private static void connectBriefly() throws IOException, TimeoutException {
        ConnectionFactory factory = factory();
        factory.setHandshakeTimeout(1_000);
        factory.newConnection().close();
    }

    private static ConnectionFactory factory() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(node.port());
        return factory;
    }
}
