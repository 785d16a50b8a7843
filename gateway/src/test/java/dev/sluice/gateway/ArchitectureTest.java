package dev.sluice.gateway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may use which. The map is the table of ARCHITECTURE.md: a change here is a change there. */
class ArchitectureTest {

    private static final String BASE = "dev.sluice.";
    private static final Pattern ROW = Pattern.compile("\\| `([a-z.]+)` \\| [^|]* \\| ([^|]*) \\|");
    private static final Pattern NAME = Pattern.compile("`([a-z.]+)`");
    private static final long MAX_TYPES = 20;
    private static final long MAX_ROOT_TYPES = 8;

    /** Package to the packages of ours that it may use; each package may use its own subpackages. */
    private static final Map<String, Set<String>> MAY_USE = new TreeMap<>(Map.ofEntries(
            Map.entry("message", Set.of()),
            Map.entry("queue", Set.of()),
            Map.entry("settings", Set.of("queue")),
            Map.entry("processor", Set.of("queue", "message", "settings")),
            Map.entry("migrations", Set.of()),
            Map.entry("gateway.json", Set.of()),
            Map.entry("gateway.batch", Set.of()),
            Map.entry("gateway.lifecycle", Set.of()),
            Map.entry("gateway.web", Set.of("gateway.json", "gateway.lifecycle", "settings")),
            Map.entry("gateway.broker", Set.of("gateway.lifecycle", "queue", "settings")),
            Map.entry("gateway.request", Set.of("gateway.json", "message")),
            Map.entry(
                    "gateway.store",
                    Set.of(
                            "gateway.request",
                            "gateway.batch",
                            "gateway.lifecycle",
                            "message",
                            "settings",
                            "migrations")),
            Map.entry("gateway.client", Set.of("gateway.request", "gateway.web")),
            Map.entry(
                    "gateway.kind",
                    Set.of("gateway.store", "gateway.json", "gateway.web", "gateway.lifecycle", "message", "settings")),
            Map.entry("gateway.presence", Set.of("gateway.store", "gateway.lifecycle", "queue", "message")),
            Map.entry("gateway.announce", Set.of("gateway.presence", "gateway.lifecycle", "queue", "message")),
            Map.entry("gateway.transition", Set.of("gateway.request", "gateway.store", "gateway.announce", "message")),
            Map.entry(
                    "gateway.dispatch",
                    Set.of(
                            "gateway.request",
                            "gateway.store",
                            "gateway.batch",
                            "gateway.kind",
                            "gateway.presence",
                            "gateway.announce",
                            "gateway.transition",
                            "gateway.lifecycle",
                            "queue",
                            "message",
                            "settings")),
            Map.entry(
                    "gateway.journal",
                    Set.of(
                            "gateway.request",
                            "gateway.store",
                            "gateway.batch",
                            "gateway.kind",
                            "gateway.presence",
                            "gateway.transition",
                            "gateway.lifecycle",
                            "queue",
                            "message")),
            Map.entry(
                    "gateway.read",
                    Set.of(
                            "gateway.request",
                            "gateway.store",
                            "gateway.announce",
                            "gateway.client",
                            "gateway.web",
                            "gateway.json",
                            "gateway.lifecycle",
                            "queue",
                            "message")),
            Map.entry(
                    "gateway.intake",
                    Set.of(
                            "gateway.request",
                            "gateway.store",
                            "gateway.batch",
                            "gateway.dispatch",
                            "gateway.read",
                            "gateway.client",
                            "gateway.kind",
                            "gateway.presence",
                            "gateway.web",
                            "gateway.json",
                            "gateway.lifecycle",
                            "message",
                            "settings")),
            Map.entry(
                    "gateway.cancel",
                    Set.of(
                            "gateway.request",
                            "gateway.store",
                            "gateway.transition",
                            "gateway.read",
                            "gateway.client",
                            "gateway.web",
                            "queue",
                            "message")),
            Map.entry(
                    "gateway.follow",
                    Set.of(
                            "gateway.request",
                            "gateway.store",
                            "gateway.intake",
                            "gateway.cancel",
                            "gateway.read",
                            "gateway.client",
                            "gateway.web",
                            "gateway.json",
                            "message")),
            Map.entry(
                    "gateway.reconcile",
                    Set.of(
                            "gateway.request",
                            "gateway.store",
                            "gateway.kind",
                            "gateway.presence",
                            "gateway.transition",
                            "gateway.cancel",
                            "gateway.broker",
                            "gateway.lifecycle",
                            "queue",
                            "message"))));

    /** These packages put the others together: they may use all packages, and no package uses them. */
    private static final Set<String> COMPOSERS = Set.of("gateway", "gateway.embedded");

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar") && !location.contains("/test-classes/"))
            .importPackages("dev.sluice");

    @Test
    void everyPackageUsesOnlyWhatTheTableAllows() {
        MAY_USE.forEach((name, allowed) -> {
            String[] foreign = OURS.getPackage("dev.sluice").getSubpackagesInTree().stream()
                    .map(JavaPackage::getName)
                    .filter(other ->
                            !isWithin(other, name) && allowed.stream().noneMatch(each -> isWithin(other, each)))
                    .toArray(String[]::new);
            noClasses()
                    .that(resideInAPackage(BASE + name + ".."))
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(foreign))
                    .allowEmptyShould(true)
                    .check(OURS);
        });
    }

    @Test
    void theTableNamesEveryPackage() {
        Set<String> unnamed = OURS.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(BASE))
                .map(name -> name.substring(BASE.length()))
                .filter(name -> !COMPOSERS.contains(name))
                .filter(name -> MAY_USE.keySet().stream().noneMatch(each -> isWithin(BASE + name, each)))
                .collect(Collectors.toSet());

        assertThat(unnamed).isEmpty();
    }

    /** Readers look into ARCHITECTURE.md, not here. */
    @Test
    void theTableIsThatOfArchitectureMd() throws IOException {
        Map<String, Set<String>> documented = Files.readAllLines(Path.of("../ARCHITECTURE.md")).stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .filter(row -> MAY_USE.containsKey(row.group(1)))
                .collect(Collectors.toMap(row -> row.group(1), row -> named(row.group(2))));
        documented.remove("queue"); // its cell names libraries

        assertThat(documented).isEqualTo(withoutPrefix());
    }

    private static Set<String> named(String cell) {
        return NAME.matcher(cell).results().map(name -> name.group(1)).collect(Collectors.toSet());
    }

    private static Map<String, Set<String>> withoutPrefix() {
        Map<String, Set<String>> shown = new TreeMap<>();
        MAY_USE.forEach((name, allowed) -> shown.put(
                name, allowed.stream().map(each -> each.replace("gateway.", "")).collect(Collectors.toSet())));
        shown.remove("queue");
        return shown;
    }

    @Test
    void packagesOfTheGatewayHaveNoCycles() {
        slices().matching("dev.sluice.gateway.(*)..").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void onlyEmbeddedModeUsesTheProcessor() {
        noClasses()
                .that(resideInAPackage("dev.sluice.gateway.."))
                .and(resideOutsideOfPackages("dev.sluice.gateway.embedded.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.sluice.processor.."))
                .check(OURS);
    }

    @Test
    void everyPackageOfTheGatewayHasFewTypes() {
        Map<String, Long> typesByPackage = OURS.stream()
                .filter(type -> type.getPackageName().startsWith(BASE + "gateway"))
                .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));

        assertThat(typesByPackage.get(BASE + "gateway")).isLessThanOrEqualTo(MAX_ROOT_TYPES);
        assertThat(typesByPackage).allSatisfy((_, types) -> assertThat(types).isLessThanOrEqualTo(MAX_TYPES));
    }

    @Test
    void onlyOneAdapterKnowsRabbitMq() {
        noClasses()
                .that(resideOutsideOfPackages("dev.sluice.queue.rabbit.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("com.rabbitmq..", "reactor.rabbitmq.."))
                .check(OURS);
    }

    @Test
    void theProcessorNeedsNoDatabase() {
        noClasses()
                .that(resideInAnyPackage("dev.sluice.processor..", "dev.sluice.queue..", "dev.sluice.message.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "io.r2dbc..", "java.sql..", "javax.sql..", "org.postgresql..", "org.flywaydb.."))
                .check(OURS);
    }

    @Test
    void theWireContractNeedsNothingButTheJdk() {
        classes()
                .that(resideInAPackage("dev.sluice.message"))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage("java..", "dev.sluice.message", "org.jspecify.annotations"))
                .check(OURS);
    }

    @Test
    void timeComesFromAClock() {
        noClasses()
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "the time of this machine is asked for past a Clock",
                        call -> Stream.of(
                                                Instant.class,
                                                LocalDate.class,
                                                LocalDateTime.class,
                                                OffsetDateTime.class,
                                                ZonedDateTime.class)
                                        .anyMatch(type -> call.getTargetOwner().isEquivalentTo(type))
                                && call.getName().equals("now")
                                && call.getTarget().getRawParameterTypes().stream()
                                        .noneMatch(parameter -> parameter.isEquivalentTo(Clock.class))))
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(OURS);
    }

    @Test
    void nothingSleeps() {
        noClasses()
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "a thread sleeps",
                        call -> call.getTargetOwner().isEquivalentTo(Thread.class)
                                && call.getName().equals("sleep")))
                .check(OURS);
    }

    @Test
    void nobodyBlocksOnAStreamButWhoMayWait() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(GatewayLifecycle.class)
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "a thread waits for a publisher",
                        call -> call.getTargetOwner().getPackageName().equals("reactor.core.publisher")
                                && Set.of("block", "blockFirst", "blockLast", "blockOptional", "toIterable", "toStream")
                                        .contains(call.getName())))
                .check(OURS);
    }

    private static boolean isWithin(String packageName, String ours) {
        return packageName.equals(BASE + ours) || packageName.startsWith(BASE + ours + ".");
    }
}
