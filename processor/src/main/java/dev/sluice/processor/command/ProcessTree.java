package dev.sluice.processor.command;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process and all its descendants. Thread-safe. */
final class ProcessTree {

    private static final long GRACE_SECONDS = 2;

    private final ProcessHandle root;

    ProcessTree(ProcessHandle root) {
        this.root = root;
    }

    /** Asks all to end (TERM), and after two seconds kills those that still run. */
    void terminate() {
        // Looked up before the root ends: afterwards its children belong to another parent.
        Set<ProcessHandle> all = alive();
        if (all.isEmpty()) {
            return;
        }
        all.forEach(ProcessHandle::destroy);
        CompletableFuture.delayedExecutor(GRACE_SECONDS, TimeUnit.SECONDS).execute(() -> {
            kill(); // also processes that they started meanwhile
            all.forEach(ProcessHandle::destroyForcibly);
        });
    }

    /** Kills all at once. */
    void kill() {
        alive().forEach(ProcessHandle::destroyForcibly);
    }

    /** The root first: else it could replace a child that has just been killed. */
    private Set<ProcessHandle> alive() {
        Set<ProcessHandle> all = new LinkedHashSet<>();
        if (root.isAlive()) {
            all.add(root);
        }
        root.descendants().forEach(all::add);
        return all;
    }
}
