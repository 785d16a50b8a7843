package dev.sluice.gateway;

import dev.sluice.gateway.live.LiveLimits;
import dev.sluice.processor.BrokerProperties;
import dev.sluice.processor.ProcessorSettings;
import dev.sluice.processor.settings.LogSettings;
import dev.sluice.processor.settings.ManagementSettings;
import dev.sluice.processor.settings.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;

/** How a gateway's context is put together, whatever carries its messages. */
public final class Start {

    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /** The settings of every gateway; those of the processor too, so that one file may serve both. */
    static final List<Class<? extends Record>> SETTINGS = List.of(
            GatewayProperties.class,
            HttpSettings.class,
            IntakeBatchProperties.class,
            LiveLimits.class,
            DatabaseProperties.class,
            ManagementSettings.class,
            LogSettings.class,
            ProcessorSettings.class,
            BrokerProperties.class);

    private Start() {}

    /**
     * A gateway that is not started yet.
     *
     * @param config a file that must exist; without it {@code ./sluice.yaml}, which need not
     * @param defaults settings that this form has otherwise than the others; configuration wins over them
     * @param sources what this form of the gateway adds: at least a configuration with a broker
     */
    public static SpringApplication of(@Nullable Path config, Map<String, Object> defaults, Class<?>... sources) {
        List<Class<?>> all = new ArrayList<>(Arrays.asList(sources));
        all.add(GatewayConfiguration.class);
        SpringApplication application = new SpringApplication(all.toArray(Class<?>[]::new));
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        Map<String, Object> properties = new HashMap<>(defaults);
        properties.put("spring.config.location", locations(config));
        application.setDefaultProperties(properties);
        application.addInitializers(new SettingsInitializer(SETTINGS));
        return application;
    }

    /** Runs {@code start}; a failure has been reported by Spring Boot when it arrives here. A wrong configuration is wrong usage. */
    public static int exitCodeOf(Runnable start) {
        try {
            start.run();
            return 0;
        } catch (RuntimeException reported) {
            return Setting.isWrong(reported) ? USAGE : FAILED;
        }
    }

    private static String locations(@Nullable Path config) {
        String own = config == null ? "optional:file:./sluice.yaml" : "file:" + config;
        return Stream.of("classpath:/gateway-defaults.yaml", own)
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();
    }
}
