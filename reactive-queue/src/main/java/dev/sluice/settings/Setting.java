package dev.sluice.settings;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataNotFoundException;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;

/** Checks of settings; the author of the values reads the messages. */
public final class Setting {

    private static final String OURS = "sluice.";
    private static final String OUR_RECORDS = "dev.sluice.";

    private Setting() {}

    /**
     * Refuses a value that a setting may not have.
     *
     * @param key the whole key
     * @param value the given value
     * @param allowed the allowed values, as the end of "must be …"
     * @throws IllegalArgumentException unless {@code holds}, naming key, allowed values and value
     */
    public static void check(boolean holds, String key, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(key + " must be " + allowed + ", was " + value);
        }
    }

    /** Whether a wrong configuration made a start fail, so that starting again unchanged cannot help. */
    public static boolean isWrong(Throwable failure) {
        return complaint(failure) != null
                || find(failure, UnknownKeyException.class) != null
                || find(failure, ConfigDataNotFoundException.class) != null;
    }

    /** The wrong setting, its allowed values and its value; null if the failure is about none of ours. */
    public static @Nullable String complaint(Throwable failure) {
        BindException binding = find(failure, BindException.class);
        String said = refusal(failure, binding);
        String complaint = said == null && binding != null ? conversion(binding) : said;
        return complaint != null && complaint.startsWith(OURS) ? complaint : null;
    }

    /**
     * The complaint of a settings record about its own values. A record that is used under several keys names only the
     * last part.
     */
    private static @Nullable String refusal(Throwable failure, @Nullable BindException binding) {
        String last = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (cause instanceof IllegalArgumentException && message != null) {
                if (message.startsWith(OURS)) {
                    return message;
                }
                last = message;
            }
        }
        return last != null && binding != null && isOurRecord(typeOf(binding)) ? binding.getName() + "." + last : null;
    }

    private static String conversion(BindException binding) {
        ConfigurationProperty property = binding.getProperty();
        String allowed = described(typeOf(binding));
        return property == null
                ? binding.getName() + " must be " + allowed
                : property.getName() + " must be " + allowed + ", was " + property.getValue();
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

    private static Class<?> typeOf(BindException binding) {
        return binding.getTarget().getType().resolve(Object.class);
    }

    private static boolean isOurRecord(Class<?> type) {
        return type.isRecord() && type.getName().startsWith(OUR_RECORDS);
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }
}
