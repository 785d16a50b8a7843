package dev.sluice.processor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class RehearsalTest {

    /** Without a broker, and without any setting. */
    @Test
    void worksEnoughForAStartCache() {
        int exit = new CommandLine(new ProcessorApplication.Arguments()).execute("--rehearse");

        assertThat(exit).isZero();
    }
}
