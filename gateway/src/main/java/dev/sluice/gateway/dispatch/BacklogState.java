package dev.sluice.gateway.dispatch;

/**
 * How much of a kind waits, as far as this gateway knows: the last count, and what it added since.
 *
 * @param bytes of payloads
 */
public record BacklogState(long requests, long bytes) {

    static final BacklogState EMPTY = new BacklogState(0, 0);
}
