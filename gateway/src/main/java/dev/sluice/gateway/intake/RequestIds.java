package dev.sluice.gateway.intake;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import com.fasterxml.uuid.UUIDClock;
import dev.sluice.message.RequestId;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;

/** Makes the ids of new requests: UUIDv7, rising within this gateway. Thread-safe. */
final class RequestIds {

    private final NoArgGenerator generator;

    RequestIds(Clock clock) {
        generator = Generators.timeBasedEpochGenerator(seeded(), new UUIDClock() {
            @Override
            public long currentTimeMillis() {
                return clock.millis();
            }
        });
    }

    /**
     * A random generator that reads /dev/urandom once, here, for its seed. Later reads of that file would block event
     * loops.
     */
    private static SecureRandom seeded() {
        try {
            SecureRandom random = SecureRandom.getInstance("DRBG");
            random.nextLong();
            return random;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no DRBG", e);
        }
    }

    RequestId next() {
        return new RequestId(generator.generate());
    }
}
