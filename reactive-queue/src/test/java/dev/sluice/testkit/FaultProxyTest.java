package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class FaultProxyTest {

    @Test
    void listensOnItsPortAgainAtOnce() {
        try (FaultProxy proxy = new FaultProxy(FreePorts.one(), 1)) {
            assertThatCode(() -> {
                        for (int i = 0; i < 300; i++) {
                            proxy.down();
                            proxy.heal();
                        }
                    })
                    .doesNotThrowAnyException();
        }
    }
}
