package dev.sluice.testkit;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class if a Netty buffer that was not released was found during it. Registered by the service file of
 * modules with Netty; to find each such buffer, the detector's level must be paranoid.
 */
public final class NettyLeaks implements AfterAllCallback {

    private static final int LOOKS = 20;
    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    static {
        // Before the first buffer: Netty makes its detectors once.
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Detectors());
    }

    private static final class Detectors extends ResourceLeakDetectorFactory {

        @Override
        @Deprecated
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval, long maxActive) {
            return new Detector<>(resource, interval);
        }

        @Override
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval) {
            return new Detector<>(resource, interval);
        }
    }

    private static final class Detector<T> extends ResourceLeakDetector<T> {

        private Detector(Class<T> resource, int interval) {
            super(resource, interval);
        }

        @Override
        protected void reportTracedLeak(String resource, String records) {
            LEAKS.add(resource + records);
            super.reportTracedLeak(resource, records);
        }

        @Override
        protected void reportUntracedLeak(String resource) {
            LEAKS.add(resource);
            super.reportUntracedLeak(resource);
        }

        @Override
        protected boolean needReport() {
            return true;
        }
    }

    /** A leak is seen once its buffer was collected and another one is made. */
    @Override
    public void afterAll(ExtensionContext context) {
        for (int i = 0; i < 2; i++) {
            System.gc();
            for (int look = 0; look < LOOKS; look++) {
                ByteBufAllocator.DEFAULT.buffer(1).release();
            }
        }
        if (!LEAKS.isEmpty()) {
            String found = String.join("\n", LEAKS);
            LEAKS.clear();
            throw new AssertionError("Netty buffers were not released:\n" + found);
        }
    }
}
