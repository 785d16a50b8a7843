package dev.sluice.gateway.store.postgres;

import io.r2dbc.spi.R2dbcException;
import org.jspecify.annotations.Nullable;

/** Tells from Postgres' error codes how the gateway must react. */
public final class SqlErrors {

    /**
     * The connection or the server is at fault, not the statement: class 08, 53, 57, 58, and errors of the driver
     * without a code.
     */
    static boolean isConnection(R2dbcException error) {
        String state = error.getSqlState();
        return state == null
                || state.isEmpty()
                || state.startsWith("08")
                || state.startsWith("53")
                || state.startsWith("57")
                || state.startsWith("58")
                || state.equals("25006");
    }

    /** Other transactions were in the way: the same statement may succeed. */
    public static boolean isConflict(Throwable error) {
        String state = stateOf(error);
        return state != null && (state.equals("40001") || state.equals("40P01"));
    }

    /** A row that is there already. */
    public static boolean isDuplicate(Throwable error) {
        return "23505".equals(stateOf(error));
    }

    /** There is no partition for the day of a row; the tables have no other check. */
    public static boolean isMissingDay(Throwable error) {
        return "23514".equals(stateOf(error));
    }

    /** A row that Postgres will not take, whenever it is tried. */
    public static boolean isBadData(Throwable error) {
        String state = stateOf(error);
        return state != null && (state.startsWith("22") || state.startsWith("23"));
    }

    /** A table that others use longer than may be waited for, or that another detaches or drops at the same time. */
    public static boolean isInUse(Throwable error) {
        String state = stateOf(error);
        return state != null && (state.equals("55P03") || state.equals("55000") || state.equals("42P01"));
    }

    private static @Nullable String stateOf(Throwable error) {
        return error instanceof R2dbcException refused ? refused.getSqlState() : null;
    }

    private SqlErrors() {}
}
