package dev.sluice.gateway.intake;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.Receipt;
import dev.sluice.gateway.web.ProblemException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Takes submissions in, from any transport. Thread-safe.
 *
 * <p>Metric: {@code sluice.intake.refused} by reason; all other submissions are in {@code sluice.requests.accepted},
 * once they are committed. Alert when refusals other than the caller's fault ({@code Overloaded},
 * {@code StoreUnavailable}, {@code OutcomeUnknown}, {@code BacklogFull}) last longer than a minute.
 */
public final class Intake {

    private static final Logger log = LoggerFactory.getLogger(Intake.class);

    private final Admission admission;
    private final RequestWriter writer;
    private final MeterRegistry meters;
    private volatile boolean draining;

    public Intake(Admission admission, RequestWriter writer, MeterRegistry meters) {
        this.admission = admission;
        this.writer = writer;
        this.meters = meters;
        // Made at the start: while the gateway stops, no meter can be made any more.
        for (Class<?> rejection : SubmitRejection.class.getPermittedSubclasses()) {
            refusals(rejection);
        }
    }

    /**
     * The policy for a submission of this kind, to be asked for before its input is read.
     *
     * @throws SubmitRejection if this gateway takes no submission of the kind
     */
    KindPolicy policyFor(String kind) {
        requireOpen();
        return admission.policyOf(kind);
    }

    /**
     * Makes one submission durable.
     *
     * <p>Cold: each subscription is a submission of its own. Cancelling gives up the wait, not the write.
     *
     * @return the receipt, once its row is committed; {@link SubmitRejection} if it was refused
     */
    public Mono<Receipt> submit(Submission submission) {
        return Mono.fromSupplier(() -> admitted(submission))
                .flatMap(writer::insert)
                .map(Receipt::new)
                .doOnNext(Intake::log)
                // The drain closes the batcher, and a closed batcher refuses as a full one does.
                .onErrorMap(SubmitRejection.Overloaded.class, full -> draining ? new SubmitRejection.Draining() : full);
    }

    /** The one door for refusals, by any transport: counts one and returns its answer. */
    public ProblemException refused(SubmitRejection rejection) {
        refusals(rejection.getClass()).increment();
        return SubmitProblems.of(rejection);
    }

    /** Whether this gateway refuses everything because it stops. */
    public boolean isDraining() {
        return draining;
    }

    /**
     * Refuses submissions from now on and writes those that it admitted before.
     *
     * @return empty once they are written
     */
    public Mono<Void> drain() {
        return Mono.defer(() -> {
            draining = true;
            return writer.close();
        });
    }

    private static void log(Receipt receipt) {
        log.atDebug()
                .addKeyValue("id", receipt.id())
                .addKeyValue("kind", receipt.request().kind())
                .addKeyValue("state", receipt.state())
                .log("request.accepted");
    }

    private Counter refusals(Class<?> rejection) {
        return meters.counter("sluice.intake.refused", "reason", rejection.getSimpleName());
    }

    private NewRequest admitted(Submission submission) {
        requireOpen();
        return admission.admit(submission);
    }

    private void requireOpen() {
        if (draining) {
            throw new SubmitRejection.Draining();
        }
    }
}
