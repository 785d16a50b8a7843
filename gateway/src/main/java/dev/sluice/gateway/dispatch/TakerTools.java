package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.announce.Announcements;
import dev.sluice.gateway.store.Backlog;
import dev.sluice.message.Announcement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The tools that the takers of all kinds share. */
record TakerTools(
        Backlog backlog,
        WorkPublisher publisher,
        Announcements announcements,
        EnvelopeSizing sizing,
        Clock clock,
        Scheduler scheduler) {

    Instant now() {
        return clock.instant();
    }

    Disposable after(Duration wait, Runnable task) {
        return scheduler.schedule(task, wait.toMillis() + 1, TimeUnit.MILLISECONDS);
    }

    void announce(List<Announcement.Change> changes) {
        announcements.changed(changes, List.of());
    }
}
