package dev.sluice.testkit;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.dockerclient.DockerClientConfigUtils;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * A node in a container by Testcontainers. A kill and a restart keep the container, and so its data; emptying it makes
 * a new one on the same port of the host. Testcontainers removes everything that a killed JVM leaves behind.
 */
final class ContainerRabbit implements RabbitServer {

    private static final ExposedPort AMQP = ExposedPort.tcp(5672);
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1");
    private static final Duration PULL_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);

    private final int port = FreePorts.one();
    private final GenericContainer<?> container;

    ContainerRabbit(String image) {
        container = new GenericContainer<>(DockerImageName.parse(image))
                .withCopyToContainer(Transferable.of(CONFIG), "/etc/rabbitmq/conf.d/90-testkit.conf")
                .withEnv("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", ERLANG_ARGUMENTS)
                .withCreateContainerCmdModifier(this::bindPort)
                .waitingFor(new NoWait());
    }

    /**
     * Makes sure that nodes of this image can be started; pulls the image if it is not here.
     *
     * @throws IllegalStateException if not: no engine answers, it is on another machine, or it cannot get the image
     */
    static void obtain(String image) {
        List<DockerClientProviderStrategy> known = ServiceLoader.load(DockerClientProviderStrategy.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        // Not by Testcontainers' own client: it starts a container already, and tries for minutes to get an image.
        DockerClientProviderStrategy engine;
        try {
            engine = DockerClientProviderStrategy.getFirstValidStrategy(known);
        } catch (IllegalStateException e) {
            throw new IllegalStateException("no Docker engine answers", e);
        }
        checkLoopback(engine);
        pull(engine.getDockerClient(), image);
        try {
            // Starts the container that removes those of a killed JVM; it needs an image of its own.
            DockerClientFactory.instance().client();
        } catch (RuntimeException e) {
            throw new IllegalStateException("Testcontainers cannot start: " + firstLine(e), e);
        }
    }

    /** Ports are published to the engine's loopback only: a broker with a known password is for this machine only. */
    private static void checkLoopback(DockerClientProviderStrategy engine) {
        if (DockerClientConfigUtils.IN_A_CONTAINER && System.getenv("TESTCONTAINERS_HOST_OVERRIDE") == null) {
            throw new IllegalStateException(
                    "Docker's ports are out of reach in this container (TESTCONTAINERS_HOST_OVERRIDE"
                            + " says where they are)");
        }
        String host = engine.getDockerHostIpAddress();
        if (!LOOPBACK.contains(host)) {
            throw new IllegalStateException("Docker's containers are not on this loopback but on " + host);
        }
    }

    private static void pull(DockerClient docker, String image) {
        try {
            docker.inspectImageCmd(image).exec();
        } catch (NotFoundException _) {
            try {
                if (!docker.pullImageCmd(image).start().awaitCompletion(PULL_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IllegalStateException("Docker did not get " + image + " within " + PULL_TIMEOUT);
                }
            } catch (DockerException | DockerClientException e) {
                throw new IllegalStateException("Docker cannot get " + image + ": " + firstLine(e), e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void launch() {
        if (container.getContainerId() == null) {
            container.start();
        } else {
            docker().startContainerCmd(container.getContainerId()).exec();
        }
    }

    @Override
    public boolean isAlive() {
        return container.getContainerId() != null && container.isRunning();
    }

    @Override
    public void kill() {
        if (!isAlive()) {
            return;
        }
        String id = container.getContainerId();
        docker().killContainerCmd(id).withSignal("KILL").exec();
        docker().waitContainerCmd(id)
                .exec(new WaitContainerResultCallback())
                .awaitStatusCode(KILL_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void empty() {
        // Removes container and volumes, so that the next launch makes new ones.
        container.stop();
    }

    @Override
    public void pause() {
        docker().pauseContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void unpause() {
        docker().unpauseContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public String ctl(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add("rabbitmqctl");
        command.addAll(arguments);
        try {
            ExecResult result = container.execInContainer(command.toArray(String[]::new));
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(
                        "rabbitmqctl " + arguments + ": " + result.getStdout() + result.getStderr());
            }
            return result.getStdout();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public String output() {
        String all = container.getContainerId() == null ? "(no container)" : container.getLogs();
        return all.substring(Math.max(0, all.length() - 4_000));
    }

    @Override
    public void close() {
        container.stop();
    }

    /** Testcontainers would choose another port at each start, and one for the whole network. */
    private void bindPort(CreateContainerCmd create) {
        create.withExposedPorts(AMQP);
        create.getHostConfig().withPortBindings(new PortBinding(Ports.Binding.bindIpAndPort("127.0.0.1", port), AMQP));
    }

    private DockerClient docker() {
        return container.getDockerClient();
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException(e);
    }

    /** {@link RabbitNode} waits itself: it waits after a restart too, of which Testcontainers knows nothing. */
    private static final class NoWait extends AbstractWaitStrategy {
        @Override
        protected void waitUntilReady() {}
    }
}
