package dev.sluice.gateway.intake;

import dev.sluice.gateway.dispatch.BacklogState;
import dev.sluice.gateway.dispatch.Dispatcher;
import dev.sluice.gateway.json.JsonCheck;
import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.message.Payload;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.OptionalInt;

/**
 * Decides whether a submission may become a request; the cheapest check comes first. Pure but for the clock;
 * thread-safe.
 */
final class Admission {

    private final Kinds kinds;
    private final Processors processors;
    private final Dispatcher dispatcher;
    private final RequestIds ids;
    private final Clock clock;

    Admission(Kinds kinds, Processors processors, Dispatcher dispatcher, RequestIds ids, Clock clock) {
        this.kinds = kinds;
        this.processors = processors;
        this.dispatcher = dispatcher;
        this.ids = ids;
        this.clock = clock;
    }

    /** The policy of a kind; {@link SubmitRejection.UnknownKind} if there is no such kind. */
    KindPolicy policyOf(String kind) {
        return kinds.find(kind).orElseThrow(SubmitRejection.UnknownKind::new);
    }

    /**
     * Makes a request of a submission. The request is not durable yet.
     *
     * @throws SubmitRejection if the submission is not allowed
     */
    NewRequest admit(Submission submission) {
        KindPolicy policy = policyOf(submission.kind());
        Payload payload = submission.payload();
        if (payload.size() > policy.maxPayload()) {
            throw new SubmitRejection.TooLarge(policy.maxPayload());
        }
        if (ContentTypes.check(payload.contentType(), policy.contentTypes())) {
            checkJson(payload.bytes());
        }
        checkCost(policy.name(), submission.options().cost());
        checkBacklog(policy, payload.size());
        return request(submission, policy);
    }

    private static void checkJson(byte[] json) {
        int error = JsonCheck.firstError(json);
        if (error >= 0) {
            throw new SubmitRejection.MalformedJson(error);
        }
    }

    private void checkCost(String kind, int cost) {
        if (cost == 1) {
            return;
        }
        OptionalInt largest = processors.largestTokens(kind);
        if (largest.isPresent() && cost > largest.getAsInt()) {
            throw new SubmitRejection.CostTooHigh(cost, largest.getAsInt());
        }
    }

    private void checkBacklog(KindPolicy policy, int size) {
        BacklogState backlog = dispatcher.backlog(policy.name());
        if (backlog.requests() >= policy.maxBacklog() || backlog.bytes() + size > policy.maxBacklogBytes()) {
            throw new SubmitRejection.BacklogFull();
        }
    }

    private NewRequest request(Submission submission, KindPolicy policy) {
        // A clock may give more digits than Postgres keeps. Without the cut, later answers would show another time than
        // the 202.
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        return new NewRequest(
                ids.next(),
                submission.client(),
                policy.name(),
                submission.options().completedBy(policy),
                now,
                now.plus(policy.retention()),
                submission.payload(),
                false);
    }
}
