package dev.sluice.processor;

import dev.sluice.queue.Broker;
import dev.sluice.queue.local.LocalBroker;
import dev.sluice.settings.BrokerProperties;
import dev.sluice.settings.KnownKeys;
import dev.sluice.settings.LogSettings;
import dev.sluice.settings.ManagementSettings;
import dev.sluice.settings.Setting;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The processor as a program of its own.
 *
 * <p>Java handlers are beans of type {@link dev.sluice.processor.handler.RequestHandler}; a bean's name is its kind. A
 * program with its own handlers imports {@link ProcessorConfiguration}.
 */
@SpringBootApplication
@Import(ProcessorConfiguration.class)
public class ProcessorApplication {

    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /** Runs until SIGTERM, then drains. */
    public static void main(String[] args) {
        int exit = new CommandLine(new Arguments()).execute(args);
        if (exit != 0) {
            System.exit(exit);
        }
    }

    @Command(
            name = "./sluice processor",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Starts a processor: runs the work of requests, needs the broker only.",
            footer = {
                "",
                "Every setting is a key in YAML or an environment variable (sluice.processor.tokens is",
                "SLUICE_PROCESSOR_TOKENS); README.md lists them.",
                "",
                "Examples",
                "  SLUICE_BROKER_ADDRESSES=mq:5672 SLUICE_PROCESSOR_SAMPLES=true ./sluice processor",
                "  ./sluice processor --config processor.yaml"
            })
    static final class Arguments implements Callable<Integer> {

        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "YAML with settings; without it ./processor.yaml, where there is one")
        private @Nullable Path config;

        @Option(names = "--rehearse", hidden = true, description = "work a little, then end: for the start cache")
        private boolean rehearse;

        @Override
        public Integer call() {
            SpringApplication application = new SpringApplication(ProcessorApplication.class);
            String own = config == null ? "optional:file:./processor.yaml" : "file:" + config;
            // Named one by one: a program that uses this jar as a library has files of the usual names on its class
            // path.
            application.setDefaultProperties(
                    Map.of("spring.config.location", "classpath:/processor-defaults.yaml," + own));
            KnownKeys known = new KnownKeys(List.of(
                    ProcessorSettings.class, BrokerProperties.class, ManagementSettings.class, LogSettings.class));
            application.addInitializers(context -> known.check(context.getEnvironment()));
            try {
                if (rehearse) {
                    rehearse(application);
                } else {
                    application.run();
                }
                return 0;
            } catch (RuntimeException reported) {
                return Setting.isWrong(reported) ? USAGE : FAILED; // Spring Boot has logged the reason
            }
        }

        private static void rehearse(SpringApplication application) {
            application.addInitializers(
                    context -> ((GenericApplicationContext) context).registerBean(Broker.class, LocalBroker::new));
            try (ConfigurableApplicationContext context =
                    application.run("--sluice.processor.samples=true", "--sluice.management.port=0")) {
                int succeeded = new Rehearsal(context.getBean(Broker.class), Clock.systemUTC()).run();
                System.out.println("rehearsed with " + succeeded + " requests, needs " + Rehearsal.ENOUGH);
                if (succeeded < Rehearsal.ENOUGH) {
                    throw new IllegalStateException("rehearsed too little");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }
}
