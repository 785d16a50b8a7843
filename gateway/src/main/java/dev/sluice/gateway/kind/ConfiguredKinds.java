package dev.sluice.gateway.kind;

import static dev.sluice.settings.Setting.check;

import dev.sluice.message.KindName;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The kinds that the configuration declares, and the defaults of all others.
 *
 * @param maxKinds of all kinds together, 1 to 100,000; a kind beyond them that a processor offers is not taken, a
 *     configured one is
 * @param kindDefaults the policy of kinds that a processor offers and the configuration does not name
 * @param kinds policies by the name of the kind; at each start they win over the database
 */
@ConfigurationProperties("sluice")
record ConfiguredKinds(
        @DefaultValue("1000") int maxKinds,
        @DefaultValue KindProperties kindDefaults,
        @DefaultValue Map<String, KindProperties> kinds) {

    public ConfiguredKinds {
        check(maxKinds >= 1 && maxKinds <= 100_000, "sluice.max-kinds", maxKinds, "1 to 100000");
        kinds = Map.copyOf(kinds);
        kinds.keySet()
                .forEach(kind -> check(
                        KindName.isValid(kind),
                        "sluice.kinds." + kind,
                        kind,
                        "named with 1 to 63 of a-z, 0-9 and -, not beginning with -"));
    }
}
