package dev.sluice.gateway.follow;

import dev.sluice.gateway.read.Follower;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemType;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The protocol of one socket: the effect of each frame. Knows nothing of Netty; {@link SocketWriter} sends everything
 * that the session leaves in the outbox.
 */
final class SocketSession {

    static final int MAX_SUBSCRIPTIONS = 1_000;
    static final int MAX_FRAME_BYTES = 64 * 1024;

    private final Client client;
    private final SocketCalls calls;
    private final Follower follower;
    private final SocketOutbox outbox;
    private volatile boolean greeted;

    SocketSession(Client client, SocketCalls calls, Follower follower, SocketOutbox outbox) {
        this.client = client;
        this.calls = calls;
        this.follower = follower;
        this.outbox = outbox;
    }

    /** Obeys a frame; null stands for a frame that is no text. Never fails: the socket carries each failure. */
    Mono<Void> take(byte @Nullable [] frame) {
        if (frame == null) {
            return close(CloseCode.BAD_FRAME);
        }
        if (frame.length > MAX_FRAME_BYTES) {
            return close(CloseCode.TOO_BIG);
        }
        return parsed(frame);
    }

    boolean isGreeted() {
        return greeted;
    }

    /** Ends the session. */
    Mono<Void> close(CloseCode reason) {
        outbox.closeFor(reason);
        follower.nudge();
        return Mono.empty();
    }

    private Mono<Void> parsed(byte[] bytes) {
        try {
            return obey(ClientFrames.parse(bytes));
        } catch (FrameException refused) {
            Problem problem = refused.problem();
            return problem == null || !greeted
                    ? close(CloseCode.BAD_FRAME)
                    : say(ServerFrames.problem(refused.ref(), problem));
        }
    }

    private Mono<Void> obey(ClientFrame frame) {
        if (!greeted && !(frame instanceof ClientFrame.Hello)) {
            return close(CloseCode.NOT_GREETED);
        }
        return switch (frame) {
            case ClientFrame.Hello _ -> hello();
            case ClientFrame.Submit submit -> calls.submit(client, submit).flatMap(this::say);
            case ClientFrame.Subscribe subscribe -> subscribe(subscribe);
            case ClientFrame.Unsubscribe unsubscribe -> {
                follower.unfollow(unsubscribe.id());
                yield Mono.empty();
            }
            case ClientFrame.Cancel cancel -> calls.cancel(client, cancel).flatMap(this::say);
            case ClientFrame.Credit credit -> {
                outbox.credit(credit.n());
                follower.nudge();
                yield Mono.empty();
            }
            case ClientFrame.Ping _ -> say(ServerFrames.PONG);
        };
    }

    private Mono<Void> hello() {
        if (greeted) {
            return close(CloseCode.BAD_FRAME);
        }
        greeted = true;
        return say(ServerFrames.welcome(client, MAX_SUBSCRIPTIONS, MAX_FRAME_BYTES));
    }

    private Mono<Void> subscribe(ClientFrame.Subscribe frame) {
        if (follower.size() >= MAX_SUBSCRIPTIONS && !follower.follows(frame.id())) {
            Problem full =
                    new Problem(ProblemType.INVALID_OPTION, "A socket may follow " + MAX_SUBSCRIPTIONS + " requests");
            return say(ServerFrames.problem(frame.ref(), full.about(frame.id().toString())));
        }
        follower.unfollow(frame.id());
        follower.follow(frame.id(), frame.after());
        return Mono.empty();
    }

    private Mono<Void> say(byte[] answer) {
        outbox.say(answer);
        follower.nudge();
        return Mono.empty();
    }
}
