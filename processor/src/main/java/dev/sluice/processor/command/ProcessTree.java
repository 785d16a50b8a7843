package dev.sluice.processor.command;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process and all that it started. Thread-safe. */
final class ProcessTree {

    private static final long GRACE_SECONDS = 2;

    private final ProcessHandle root;

    ProcessTree(ProcessHandle root) {
        this.root = root;
    }

    /** Asks all to end (TERM), and kills those that are still there two seconds later. */
    void terminate() {
        // Looked up before the root ends: afterwards its children belong to somebody else.
        Set<ProcessHandle> all = alive();
        if (all.isEmpty()) {
            return;
        }
        all.forEach(ProcessHandle::destroy);
        CompletableFuture.delayedExecutor(GRACE_SECONDS, TimeUnit.SECONDS).execute(() -> {
            kill(); // also what they started meanwhile
            all.forEach(ProcessHandle::destroyForcibly);
        });
    }

    /** Kills all at once. */
    void kill() {
        alive().forEach(ProcessHandle::destroyForcibly);
    }

    /** The root first: else it could start another child in place of one that has just been killed. */
    private Set<ProcessHandle> alive() {
        Set<ProcessHandle> all = new LinkedHashSet<>();
        if (root.isAlive()) {
            all.add(root);
        }
        root.descendants().forEach(all::add);
        return all;
    }
}
