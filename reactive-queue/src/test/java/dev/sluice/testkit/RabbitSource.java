package dev.sluice.testkit;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses once where this JVM's nodes come from. Docker, if an engine answers and has or gets the image, else the
 * installed {@code rabbitmq-server}; or the value of the system property {@code tests.rabbitmq}:
 *
 * <ul>
 *   <li>{@code docker} or {@code docker:IMAGE}: Docker or failure
 *   <li>{@code installed}: the installed one also where Docker is
 *   <li>a folder with {@code rabbitmq-server} and {@code rabbitmqctl}
 * </ul>
 */
final class RabbitSource {

    private static final Logger log = LoggerFactory.getLogger(RabbitSource.class);

    /** {@code ./sluice test} reads it here. */
    private static final String IMAGE = "rabbitmq:4.0";

    private static @Nullable Supplier<RabbitServer> chosen;

    static synchronized RabbitServer newServer() {
        if (chosen == null) {
            chosen = choose(System.getProperty("tests.rabbitmq", ""));
        }
        return chosen.get();
    }

    private static Supplier<RabbitServer> choose(String asked) {
        if (asked.isEmpty()) {
            return dockerElseInstalled();
        }
        if (asked.equals("docker")) {
            return docker(IMAGE);
        }
        if (asked.startsWith("docker:")) {
            return docker(asked.substring("docker:".length()));
        }
        return asked.equals("installed") ? installed("") : programs(Path.of(asked));
    }

    private static Supplier<RabbitServer> dockerElseInstalled() {
        try {
            return docker(IMAGE);
        } catch (IllegalStateException e) {
            return installed(e.getMessage() + "; ");
        }
    }

    private static Supplier<RabbitServer> docker(String image) {
        ContainerRabbit.obtain(image);
        log.info("RabbitMQ: {} by Docker", image);
        return () -> new ContainerRabbit(image);
    }

    private static Supplier<RabbitServer> installed(String whyNotDocker) {
        Path programs = InstalledRabbit.packaged()
                .orElseThrow(
                        () -> new IllegalStateException(whyNotDocker + "no rabbitmq-server under /usr/lib/rabbitmq/lib."
                                + " Start Docker, or install rabbitmq-server 3.10 or newer (it need not run),"
                                + " or name its folder:"
                                + " -Dtests.rabbitmq=/opt/rabbitmq/sbin"));
        log.info("{}RabbitMQ: {}", whyNotDocker, programs);
        return () -> new InstalledRabbit(programs);
    }

    private static Supplier<RabbitServer> programs(Path folder) {
        if (!InstalledRabbit.isComplete(folder)) {
            throw new IllegalStateException("tests.rabbitmq must be docker, docker:IMAGE, installed, or a folder with"
                    + " rabbitmq-server and rabbitmqctl, was " + folder);
        }
        log.info("RabbitMQ: {}", folder);
        return () -> new InstalledRabbit(folder);
    }

    private RabbitSource() {}
}
