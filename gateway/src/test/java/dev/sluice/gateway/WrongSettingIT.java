package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A wrong configuration ends the start at once, with exit code 2 and a message, before anything is reached. */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class WrongSettingIT {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SLUICE_KINDS_ECHO_WINDOW | 0 | sluice.kinds.echo.window must be 1 to 100000, was 0",
                "SLUICE_KINDS_ECHO_WINDOW | many | sluice.kinds.echo.window must be a whole number, was many",
                "SLUICE_KIND_DEFAULTS_RETENTION | 91d | sluice.kind-defaults.retention must be 1h to 90d, was PT2184H",
                "SLUICE_KINDS_ECHO_WINDWO | 1 | There is no setting SLUICE_KINDS_ECHO_WINDWO",
                "SLUICE_HTTP_BODY_TIMEOUT | 2h | sluice.http.body-timeout must be 100ms to 1h, was PT2H"
            })
    void endsTheStartOfAGateway(String variable, String value, String complaint) {
        GatewayProcess.Ended ended = GatewayProcess.refused(Map.of(variable, value));

        assertThat(ended.log()).contains(complaint);
        assertThat(ended.exitCode()).isEqualTo(2);
    }

    /** The other variable ends this start. */
    @Test
    void startsWithAVariableThatIsNoneOfItsSettings() {
        GatewayProcess.Ended ended =
                GatewayProcess.refused(Map.of("SLUICE_HOME", "/opt/sluice", "SLUICE_HTTP_BODY_TIMEOUT", "2h"));

        assertThat(ended.log())
                .contains("setting.unknown", "sluice.http.body-timeout must be 100ms to 1h")
                .doesNotContain("There is no setting");
        assertThat(ended.exitCode()).isEqualTo(2);
    }

    @Test
    void endsTheStartOfAProcessor() {
        GatewayProcess.Ended ended = GatewayProcess.refusedProcessor(Map.of("SLUICE_PROCESSOR_TOKENS", "0"));

        assertThat(ended.log()).contains("sluice.processor.tokens must be 1 to 10000, was 0");
        assertThat(ended.exitCode()).isEqualTo(2);
    }

    @Test
    void endsWhereTheConfigurationIsNotThere() {
        GatewayProcess.Ended ended = GatewayProcess.refused(Map.of(), "--config", "nowhere.yaml");

        assertThat(ended.log()).contains("nowhere.yaml");
        assertThat(ended.exitCode()).isEqualTo(2);
    }
}
