package dev.sluice.gateway.embedded;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Says that the order to stop was heard, and how the stop ended: beans are destroyed after the last stage has stopped.
 */
final class Farewell implements ApplicationListener<ContextClosedEvent>, DisposableBean {

    private final Path data;
    private volatile long beganAt = System.nanoTime();

    Farewell(Path data) {
        this.data = data;
    }

    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        if (event.getApplicationContext().getParent() == null) {
            beganAt = System.nanoTime();
            System.out.println("\nStopping: no new work is taken, running work is ended or handed back.");
        }
    }

    @Override
    public void destroy() {
        double seconds = Duration.ofNanos(System.nanoTime() - beganAt).toMillis() / 1_000.0;
        System.out.printf("Sluice has stopped after %.1f s; everything accepted is kept in %s.%n", seconds, data);
    }
}
