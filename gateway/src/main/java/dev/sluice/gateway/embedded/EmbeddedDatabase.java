package dev.sluice.gateway.embedded;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * The database of embedded mode while it starts, beside the rest of the program. The program asks for it when it cannot
 * go on without.
 */
final class EmbeddedDatabase implements AutoCloseable {

    private final DataFolder folder;
    private final int port = EmbeddedPostgres.freePort();
    private final CompletableFuture<EmbeddedPostgres> started = new CompletableFuture<>();

    EmbeddedDatabase(DataFolder folder) {
        this.folder = folder;
    }

    /** Starts it, on a thread of its own, up to the schema of this version. */
    void start(Consumer<String> progress) {
        Thread.ofPlatform().name("sluice-database").start(() -> {
            try {
                EmbeddedPostgres postgres = EmbeddedPostgres.start(folder, port, progress);
                Schema.bringUpToDate(postgres, progress);
                started.complete(postgres);
            } catch (RuntimeException | Error e) {
                started.completeExceptionally(e);
            }
        });
    }

    Path root() {
        return folder.root();
    }

    String url() {
        return EmbeddedPostgres.urlOf(port);
    }

    String password() {
        return folder.password();
    }

    /**
     * Waits for the database.
     *
     * @return empty once it has the schema of this version; {@link EmbeddedException} if it could not be started
     */
    Mono<Void> ready() {
        return Mono.fromFuture(started, true).then();
    }

    /** Stops it, where it was started, and gives the folder free. Waits. */
    @Override
    public void close() {
        started.handle((postgres, _) -> {
                    if (postgres != null) {
                        postgres.close();
                    }
                    return null;
                })
                .join();
        folder.close();
    }
}
