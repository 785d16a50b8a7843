package dev.sluice.gateway.follow;

import dev.sluice.gateway.cancel.Cancellation;
import dev.sluice.gateway.intake.Intake;
import dev.sluice.gateway.intake.Submission;
import dev.sluice.gateway.intake.SubmitRejection;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemMapper;
import dev.sluice.message.Payload;
import reactor.core.publisher.Mono;

/** The calls that a socket can make, each answered by one frame. Never fails: errors become problem frames. */
final class SocketCalls {

    private final Intake intake;
    private final Cancellation cancellation;
    private final ProblemMapper problems;

    SocketCalls(Intake intake, Cancellation cancellation, ProblemMapper problems) {
        this.intake = intake;
        this.cancellation = cancellation;
        this.problems = problems;
    }

    /** Submits work: {@code accepted} after the commit, or {@code problem}. */
    Mono<byte[]> submit(Client client, ClientFrame.Submit frame) {
        Payload payload = new Payload(Payload.JSON, frame.input());
        return Mono.defer(() -> intake.submit(new Submission(client, frame.kind(), payload, frame.options())))
                .onErrorMap(SubmitRejection.class, intake::refused)
                .map(receipt -> ServerFrames.accepted(frame.ref(), receipt.id(), receipt.state()))
                .onErrorResume(RuntimeException.class, failure -> Mono.just(failed(frame.ref(), failure)));
    }

    /** Cancels a request: {@code accepted} with its new state, or {@code problem}. */
    Mono<byte[]> cancel(Client client, ClientFrame.Cancel frame) {
        return cancellation
                .cancel(client, frame.id())
                .map(view -> ServerFrames.accepted(
                        frame.ref(), frame.id(), view.snapshot().state()))
                .onErrorResume(RuntimeException.class, failure -> Mono.just(failed(frame.ref(), failure)));
    }

    private byte[] failed(String ref, RuntimeException failure) {
        Problem problem =
                failure instanceof ProblemException known ? known.problem() : problems.problemOf(failure, ref);
        return ServerFrames.problem(ref, problem);
    }
}
