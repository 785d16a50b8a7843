package dev.sluice.gateway.dispatch;

/**
 * The size of a kind's backlog, as far as this gateway knows: the last count, and the requests that it added since.
 *
 * @param bytes of payloads
 */
public record BacklogState(long requests, long bytes) {

    static final BacklogState EMPTY = new BacklogState(0, 0);
}
