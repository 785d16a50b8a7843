package dev.sluice.migrations;

/** The database was not brought to the schema; the message says why, for whoever started the migration. */
public final class MigrationException extends RuntimeException {

    MigrationException(String message, Throwable cause) {
        super(message, cause);
    }
}
