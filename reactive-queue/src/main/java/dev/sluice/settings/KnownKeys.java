package dev.sluice.settings;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * The keys that have a meaning, read off the settings records themselves. A key under {@code sluice.} without a meaning
 * is a mistake, so it stops the start. A variable of one of our groups stops it too, as {@code SLUICE_HTTP_PROT}.
 * Another variable, as {@code SLUICE_HOME}, may be of a shell that has it for its own ends, and is only logged.
 */
public final class KnownKeys {

    private static final Logger log = LoggerFactory.getLogger(KnownKeys.class);
    private static final String PREFIX = "sluice.";
    private static final String VARIABLE_PREFIX = "SLUICE_";
    private static final String OURS = "dev.sluice.";

    /** Stands for one name that its writer chooses, as the name of a kind. */
    private static final String ANY = "*";

    private static final Pattern INDEX = Pattern.compile("\\[\\d+]|_\\d+$");

    private final Collection<String> keys = new TreeSet<>();
    private final Collection<String> foreign;

    /**
     * The keys of these records, each with its {@link ConfigurationProperties} prefix.
     *
     * @param foreign prefixes whose keys another program checks, so that one file may serve both; one that these
     *     records have too is checked
     */
    public KnownKeys(List<Class<? extends Record>> settings, String... foreign) {
        for (Class<? extends Record> type : settings) {
            ConfigurationProperties prefix = type.getAnnotation(ConfigurationProperties.class);
            collect(Objects.requireNonNull(prefix, type::getName).value(), type);
        }
        this.foreign = Stream.of(foreign)
                .filter(prefix -> keys.stream().noneMatch(key -> key.startsWith(prefix + ".")))
                .toList();
    }

    /** All of them, in order; a star stands for a name of the writer's choice. */
    public Collection<String> all() {
        return List.copyOf(keys);
    }

    /**
     * Throws {@link UnknownKeyException} if the environment holds a key of ours that no settings record has; logs each
     * other {@code SLUICE_} variable without a meaning.
     */
    public void check(ConfigurableEnvironment environment) {
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> enumerable) {
                checkNames(enumerable);
            }
        }
    }

    private void checkNames(EnumerablePropertySource<?> source) {
        boolean variables = source.getName().contains(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
        for (String name : source.getPropertyNames()) {
            if (variables && name.startsWith(VARIABLE_PREFIX) && !isKnownVariable(name)) {
                refuseOrTell(name, source.getName());
            }
            if (!variables && name.startsWith(PREFIX) && !isKnown(name)) {
                throw new UnknownKeyException(name, nearest(name, UnaryOperator.identity()), source.getName());
            }
        }
    }

    private void refuseOrTell(String variable, String source) {
        String nearest = nearest(variable, KnownKeys::variableOf);
        if (isOfOurGroups(variable)) {
            throw new UnknownKeyException(variable, nearest, source);
        }
        log.atWarn()
                .addKeyValue("variable", variable)
                .addKeyValue("nearest", nearest)
                .log("setting.unknown");
    }

    /** Whether a variable begins as those of a known group do, {@code SLUICE_HTTP_}. */
    private boolean isOfOurGroups(String variable) {
        return keys.stream()
                .filter(key -> key.indexOf('.', PREFIX.length()) > 0) // a key without a group has no neighbours
                .map(key -> key.substring(0, key.indexOf('.', PREFIX.length()) + 1))
                .anyMatch(group -> variable.startsWith(variableOf(group))
                        || variable.startsWith(variableOf(group.replace("-", ""))));
    }

    boolean isKnown(String name) {
        String plain = INDEX.matcher(name).replaceAll("");
        return foreign.stream().anyMatch(prefix -> plain.startsWith(prefix + "."))
                || keys.stream().anyMatch(key -> matches(key, "[^.]+", plain));
    }

    /** A dash in a key is an underscore in a variable, or left out. */
    boolean isKnownVariable(String name) {
        String plain = INDEX.matcher(name).replaceAll("");
        return foreign.stream().anyMatch(prefix -> plain.startsWith(variableOf(prefix) + "_"))
                || keys.stream()
                        .anyMatch(key -> matches(variableOf(key), "[A-Z0-9]+", plain)
                                || matches(variableOf(key.replace("-", "")), "[A-Z0-9]+", plain));
    }

    private static boolean matches(String key, String any, String name) {
        return Pattern.matches(Pattern.quote(key).replace(ANY, "\\E" + any + "\\Q"), name);
    }

    /** The name of the environment variable of a key. */
    public static String variableOf(String key) {
        return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private String nearest(String name, UnaryOperator<String> written) {
        return keys.stream()
                .map(written)
                .min(Comparator.comparingInt(key -> distance(key, name)))
                .orElseThrow();
    }

    /** How many letters must be put in, left out or replaced to make one of the other. */
    static int distance(String left, String right) {
        int[] above = new int[right.length() + 1];
        for (int column = 0; column <= right.length(); column++) {
            above[column] = column;
        }
        for (int row = 1; row <= left.length(); row++) {
            int[] current = new int[right.length() + 1];
            current[0] = row;
            for (int column = 1; column <= right.length(); column++) {
                int replaced = above[column - 1] + (left.charAt(row - 1) == right.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(replaced, Math.min(above[column], current[column - 1]) + 1);
            }
            above = current;
        }
        return above[right.length()];
    }

    private void collect(String prefix, Class<?> settings) {
        for (RecordComponent component : settings.getRecordComponents()) {
            String name = DataObjectPropertyName.toDashedForm(component.getName());
            collect(prefix + "." + name, component.getGenericType());
        }
    }

    private void collect(String key, Type type) {
        if (type instanceof Class<?> plain && hasKeysOfItsOwn(plain)) {
            collect(key, plain);
        } else if (type instanceof ParameterizedType map && map.getRawType() == Map.class) {
            collect(key + "." + ANY, map.getActualTypeArguments()[1]);
        } else {
            keys.add(key);
        }
    }

    /** A record with a single {@code value}, as a secret, is written as that value. */
    private static boolean hasKeysOfItsOwn(Class<?> type) {
        if (!type.isRecord() || !type.getName().startsWith(OURS)) {
            return false;
        }
        RecordComponent[] components = type.getRecordComponents();
        return components.length > 1 || !components[0].getName().equals("value");
    }
}
