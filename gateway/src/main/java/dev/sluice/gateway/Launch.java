package dev.sluice.gateway;

import dev.sluice.settings.KnownKeys;
import dev.sluice.settings.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Import;

/** How a gateway's context is put together, for any broker. */
public final class Launch {

    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /** Keys of the processor may stand in the same file; only a program with a processor checks them. */
    private static final String PROCESSORS_KEYS = "sluice.processor";

    private Launch() {}

    /**
     * A gateway that is not started yet.
     *
     * @param config a file that must exist; without it {@code ./sluice.yaml}, which need not
     * @param defaults settings in which this deployment differs from the others; configuration wins over them
     * @param sources configurations of this deployment, among them one with a broker
     */
    public static SpringApplication of(@Nullable Path config, Map<String, Object> defaults, Class<?>... sources) {
        List<Class<?>> all = new ArrayList<>(Arrays.asList(sources));
        all.add(GatewayAssembly.class);
        SpringApplication application = new SpringApplication(all.toArray(Class<?>[]::new));
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        Map<String, Object> properties = new HashMap<>(defaults);
        properties.put("spring.config.location", locations(config));
        application.setDefaultProperties(properties);
        application.addInitializers(new SettingsInitializer(new KnownKeys(settings(all), PROCESSORS_KEYS)));
        return application;
    }

    /**
     * Runs {@code start}. Spring Boot has reported a failure before it arrives here. A wrong configuration is wrong
     * usage.
     */
    public static int exitCodeOf(Runnable start) {
        try {
            start.run();
            return 0;
        } catch (RuntimeException reported) {
            return Setting.isWrong(reported) ? USAGE : FAILED;
        }
    }

    /** The settings records of these configurations and of those that they import. */
    static List<Class<? extends Record>> settings(Collection<Class<?>> configurations) {
        List<Class<? extends Record>> found = new ArrayList<>();
        for (Class<?> configuration : configurations) {
            EnableConfigurationProperties own = configuration.getAnnotation(EnableConfigurationProperties.class);
            if (own != null) {
                Arrays.stream(own.value())
                        .map(type -> type.asSubclass(Record.class))
                        .forEach(found::add);
            }
            Import imports = configuration.getAnnotation(Import.class);
            if (imports != null) {
                found.addAll(settings(List.of(imports.value())));
            }
        }
        return found;
    }

    private static String locations(@Nullable Path config) {
        String own = config == null ? "optional:file:./sluice.yaml" : "file:" + config;
        return Stream.of("classpath:/gateway-defaults.yaml", own)
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();
    }
}
