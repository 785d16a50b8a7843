package dev.sluice.testkit;

import java.util.List;

/**
 * The calls of {@link RabbitNode} to the runner of a node. The AMQP port on the loopback stays the same until
 * {@link #close}.
 */
sealed interface RabbitServer extends AutoCloseable permits ContainerRabbit, InstalledRabbit {

    /** Small, so that a test reaches the limits and a small machine carries several nodes. */
    String CONFIG = """
            log.file.level = warning
            disk_free_limit.absolute = 10MB
            vm_memory_high_watermark.absolute = 2GB
            raft.wal_max_size_bytes = 33554432
            """;

    /** Few schedulers that do not spin: several nodes and their clients share the machine. */
    String ERLANG_ARGUMENTS = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none";

    int port();

    /** Starts it with the data it has and does not wait until it answers. */
    void launch();

    boolean isAlive();

    /** Ends it with SIGKILL, if it runs, also when it is paused; its data stay. */
    void kill();

    /** Forgets its data; it does not run. */
    void empty();

    /** Takes all processor time from it; its sockets stay open. */
    void pause();

    void unpause();

    /** The output of {@code rabbitmqctl}; throws if it failed. */
    String ctl(List<String> arguments);

    /** The end of the node's output, for messages. */
    String output();

    /** Ends it and leaves nothing behind. */
    @Override
    void close();
}
