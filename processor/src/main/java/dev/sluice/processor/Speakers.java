package dev.sluice.processor;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** Who speaks in the heartbeats of this process. */
final class Speakers {

    static Heartbeats.Speaker speaker(UUID processor, Instant startedAt, Duration interval) {
        String version = Processor.class.getPackage().getImplementationVersion();
        return new Heartbeats.Speaker(
                processor, host(), version == null ? "unpackaged" : version, startedAt, (int) interval.toMillis());
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "unknown"; // for people only
        }
    }

    private Speakers() {}
}
