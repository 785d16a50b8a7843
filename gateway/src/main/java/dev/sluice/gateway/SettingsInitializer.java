package dev.sluice.gateway;

import dev.sluice.gateway.web.HttpSettings;
import dev.sluice.settings.KnownKeys;
import dev.sluice.settings.ManagementSettings;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/** Checks the keys of the configuration, and hands our keys to the parts of Spring Boot that know only its own. */
final class SettingsInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    private final KnownKeys known;

    SettingsInitializer(KnownKeys known) {
        this.known = known;
    }

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        ConfigurableEnvironment environment = context.getEnvironment();
        known.check(environment);
        HttpSettings http = bound(environment, HttpSettings.class);
        ManagementSettings management = bound(environment, ManagementSettings.class);
        Map<String, Object> derived = new HashMap<>();
        derived.put("server.address", http.address());
        derived.put("server.port", http.port());
        derived.put("management.server.address", management.address());
        derived.put("management.server.port", management.port());
        derived.values().removeIf(""::equals);
        environment.getPropertySources().addFirst(new MapPropertySource("derived from sluice settings", derived));
    }

    private static <T extends Record> T bound(ConfigurableEnvironment environment, Class<T> type) {
        String prefix = type.getAnnotation(ConfigurationProperties.class).value();
        return Binder.get(environment).bindOrCreate(prefix, type);
    }
}
