package dev.sluice.gateway.embedded;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The folder that keeps the state of embedded mode across restarts. One process at a time holds it; the operating
 * system gives up the lock when that process ends in any way.
 */
final class DataFolder implements AutoCloseable {

    private final Path root;
    private final RandomAccessFile lockFile;

    private DataFolder(Path root, RandomAccessFile lockFile) {
        this.root = root;
        this.lockFile = lockFile;
    }

    /** Makes the folder if need be and takes it; {@link EmbeddedException} if another process has it. */
    static DataFolder take(Path folder) {
        Path root = folder.toAbsolutePath().normalize();
        try {
            Files.createDirectories(root);
            return locked(root);
        } catch (IOException e) {
            throw new EmbeddedException("the data folder " + root + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static DataFolder locked(Path root) throws IOException {
        RandomAccessFile file = new RandomAccessFile(root.resolve("lock").toFile(), "rw");
        FileLock lock = tryLock(file);
        if (lock == null) {
            String holder = file.readLine();
            file.close();
            throw new EmbeddedException("the data folder " + root + " is in use by another Sluice (process " + holder
                    + "). Stop that one, or choose another folder with --data");
        }
        file.setLength(0);
        file.write(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII));
        return new DataFolder(root, file);
    }

    private static @Nullable FileLock tryLock(RandomAccessFile file) throws IOException {
        try {
            return file.getChannel().tryLock();
        } catch (java.nio.channels.OverlappingFileLockException e) {
            return null; // held by this very process
        }
    }

    Path root() {
        return root;
    }

    /** Where the tables are. */
    Path tables() {
        return root.resolve("tables");
    }

    /** The output of Postgres, of the latest start only. */
    Path postgresLog() {
        return root.resolve("postgres.log");
    }

    /** Readable by the owner only. */
    Path passwordFile() {
        return root.resolve("password");
    }

    /** The password of the database, made when it is first asked for. */
    String password() {
        Path file = passwordFile();
        try {
            if (!Files.exists(file)) {
                byte[] random = new byte[24];
                new SecureRandom().nextBytes(random);
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, HexFormat.of().formatHex(random));
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new EmbeddedException("cannot use " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new EmbeddedException("the data folder " + root + " could not be released", e);
        }
    }
}
