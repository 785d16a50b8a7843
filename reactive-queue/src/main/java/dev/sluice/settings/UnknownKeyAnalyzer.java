package dev.sluice.settings;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Names the unknown key, its place, and the key that was probably meant. */
final class UnknownKeyAnalyzer extends AbstractFailureAnalyzer<UnknownKeyException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnknownKeyException cause) {
        return new FailureAnalysis(
                "There is no setting " + cause.key() + " (found in " + cause.source() + ").",
                "Did you mean " + cause.nearest() + "? All settings are listed in README.md.",
                cause);
    }
}
