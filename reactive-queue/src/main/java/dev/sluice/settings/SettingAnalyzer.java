package dev.sluice.settings;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Names the wrong setting, its value and the allowed values: in the settings records' own words if they have checked
 * it.
 */
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
