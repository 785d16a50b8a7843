package dev.sluice.gateway;

import static dev.sluice.processor.settings.Setting.check;

import dev.sluice.gateway.control.KindProperties;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What concerns the whole gateway, {@code sluice}.
 *
 * @param kindDefaults the policy of kinds that a processor offers and nobody has configured
 * @param kinds policies by the name of the kind; they win over what the database holds at each start
 */
@ConfigurationProperties("sluice")
public record GatewayProperties(
        @DefaultValue KindProperties kindDefaults,
        @DefaultValue Map<String, KindProperties> kinds) {

    private static final String NAME = "[a-z0-9][a-z0-9-]{0,62}";

    public GatewayProperties {
        kinds = Map.copyOf(kinds);
        kinds.keySet()
                .forEach(kind -> check(
                        kind.matches(NAME),
                        "sluice.kinds." + kind,
                        kind,
                        "named with 1 to 63 of a-z, 0-9 and -, not beginning with -"));
    }
}
