package dev.sluice.processor.settings;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says which setting is wrong, what it was, and what it may be: the settings records' own words where they have checked it. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SettingAnalyzer extends AbstractFailureAnalyzer<Exception> {

    private static final String OURS = "sluice.";

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, Exception cause) {
        String description = check(rootFailure);
        BindException binding = findCause(rootFailure, BindException.class);
        if (description == null && binding != null) {
            description = conversion(binding);
        }
        return description == null || !description.startsWith(OURS)
                ? null
                : new FailureAnalysis(description, "Correct this setting and start again.", cause);
    }

    /** What a settings record said about its own values: they begin with the key. */
    private static @Nullable String check(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (cause instanceof IllegalArgumentException && message != null && message.startsWith(OURS)) {
                return message;
            }
        }
        return null;
    }

    private static String conversion(BindException binding) {
        ConfigurationProperty property = binding.getProperty();
        Class<?> type = binding.getTarget().getType().resolve(Object.class);
        return property == null
                ? binding.getName() + " must be " + described(type)
                : property.getName() + " must be " + described(type) + ", was " + property.getValue();
    }

    private static String described(Class<?> type) {
        if (type.isEnum()) {
            return String.join(
                    " or ",
                    Arrays.stream(type.getEnumConstants())
                            .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                            .toList());
        }
        return switch (type.getSimpleName()) {
            case "int", "Integer", "long", "Long" -> "a whole number";
            case "boolean", "Boolean" -> "true or false";
            case "Duration" -> "a duration like 500ms, 10s or 5m";
            case "DataSize" -> "a size like 64KB or 1MB";
            default -> "a valid " + type.getSimpleName();
        };
    }
}
