package dev.sluice.settings;

import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/** Turns {@link LogSettings} into properties of the logging system, before it starts. */
final class LogFormat implements EnvironmentPostProcessor {

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        // An unreadable value is refused with the other settings, once there is a log to say so.
        String format =
                Binder.get(environment).bind("sluice.log.format", String.class).orElse("human");
        if (format.equalsIgnoreCase(LogSettings.Format.JSON.name())) {
            environment
                    .getPropertySources()
                    .addLast(new MapPropertySource(
                            "log format", Map.of("logging.structured.format.console", "logstash")));
        }
    }
}
