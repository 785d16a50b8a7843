package dev.sluice.settings;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says which setting is wrong, what it was, and what it may be: the settings records' own words where they have checked it. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SettingAnalyzer extends AbstractFailureAnalyzer<Exception> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, Exception cause) {
        String complaint = Setting.complaint(rootFailure);
        return complaint == null
                ? null
                : new FailureAnalysis(complaint, "Correct this setting and start again.", cause);
    }
}
