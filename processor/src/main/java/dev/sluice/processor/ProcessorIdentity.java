package dev.sluice.processor;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.UUID;

/**
 * The identity of this processor: the same in each of its heartbeats.
 *
 * @param id new at each start
 * @param host for people only
 * @param version of its package
 */
record ProcessorIdentity(UUID id, String host, String version, Instant startedAt) {

    /** A new processor in this process. */
    static ProcessorIdentity startedAt(Instant now) {
        String version = Processor.class.getPackage().getImplementationVersion();
        return new ProcessorIdentity(UUID.randomUUID(), localHost(), version == null ? "unpackaged" : version, now);
    }

    private static String localHost() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "unknown";
        }
    }
}
