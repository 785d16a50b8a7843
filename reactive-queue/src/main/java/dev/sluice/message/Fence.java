package dev.sluice.message;

/**
 * Which run of a request a report belongs to; higher is newer.
 *
 * @param dispatch raised by the gateway each time it hands the request to the broker, from 1
 * @param delivery how often the broker had delivered this dispatch before, from 0
 */
public record Fence(int dispatch, int delivery) implements Comparable<Fence> {

    /** Before the first dispatch. */
    public static final Fence NONE = new Fence(0, 0);

    @Override
    public int compareTo(Fence other) {
        int byDispatch = Integer.compare(dispatch, other.dispatch);
        return byDispatch != 0 ? byDispatch : Integer.compare(delivery, other.delivery);
    }
}
