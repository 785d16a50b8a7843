package dev.sluice.gateway.request;

/**
 * The owner of requests: every request belongs to one client, and is unknown to all others.
 *
 * @param name as it is stored
 */
public record Client(String name) {

    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
