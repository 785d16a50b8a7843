package dev.sluice.queue;

/** Why a message was not confirmed. Expected under faults: without stack trace. */
public abstract sealed class PublishException extends RuntimeException {

    private PublishException(String message) {
        super(message, null, false, false);
    }

    /** Whether the broker may have the message all the same. */
    public abstract boolean mayHaveArrived();

    /** No queue is bound for the routing key. The message is nowhere; publishing it again needs a queue first. */
    public static final class Unroutable extends PublishException {
        public Unroutable(String exchange, String routingKey) {
            super("no queue is bound to " + exchange + " for \"" + routingKey + "\"");
        }

        @Override
        public boolean mayHaveArrived() {
            return false;
        }
    }

    /** The broker refused it, for instance because the queue is full. */
    public static final class Nacked extends PublishException {
        public Nacked() {
            super("the broker refused the message");
        }

        @Override
        public boolean mayHaveArrived() {
            return false;
        }
    }

    /** No confirm within the time-out. */
    public static final class ConfirmTimeout extends PublishException {
        private final boolean sent;

        public ConfirmTimeout(boolean sent) {
            super(sent ? "no confirm within the time-out" : "not sent within the time-out");
            this.sent = sent;
        }

        @Override
        public boolean mayHaveArrived() {
            return sent;
        }
    }

    /** The channel or connection ended before the confirm. */
    public static final class ConnectionLost extends PublishException {
        private final boolean sent;

        public ConnectionLost(boolean sent) {
            super(sent ? "the connection was lost before the confirm" : "there is no connection");
            this.sent = sent;
        }

        @Override
        public boolean mayHaveArrived() {
            return sent;
        }
    }

    /** More messages wait than {@link PublishLimits#maxWaiting} allows. */
    public static final class Overflow extends PublishException {
        public Overflow(int maxWaiting) {
            super("more than " + maxWaiting + " messages wait to be published");
        }

        @Override
        public boolean mayHaveArrived() {
            return false;
        }
    }
}
