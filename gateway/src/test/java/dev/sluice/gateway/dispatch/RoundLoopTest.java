package dev.sluice.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class RoundLoopTest {

    private final List<Throwable> failures = new ArrayList<>();
    private Supplier<Mono<Void>> round = Mono::empty;
    private int rounds;
    private final RoundLoop loop = new RoundLoop(this::round, failures::add);

    /** An error that Reactor hands on, and two that it throws past every operator. */
    private static Error error(String name) {
        return switch (name) {
            case "assertion" -> new AssertionError(name);
            case "stack" -> new StackOverflowError(name);
            default -> new NoClassDefFoundError(name);
        };
    }

    @Test
    void runsOneRoundForAllThatIsWantedMeanwhile() {
        Sinks.Empty<Void> end = Sinks.empty();
        round = end::asMono;
        loop.wake();
        loop.wake();
        loop.wake();

        end.tryEmitEmpty();

        assertThat(rounds).isEqualTo(2);
        assertThat(loop.isIdle()).isTrue();
    }

    @Test
    void runsAgainWhenARoundAsksForIt() {
        round = () -> {
            if (rounds < 10_000) {
                loop.again();
            }
            return Mono.empty();
        };

        loop.wake();

        assertThat(rounds).isEqualTo(10_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"assertion", "stack", "class"})
    void goesOnAfterARoundThatThrows(String name) {
        round = () -> {
            throw error(name);
        };

        assertGoesOnAfter(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"assertion", "stack", "class"})
    void goesOnAfterAnErrorWithinARound(String name) {
        round = () -> Mono.fromRunnable(() -> {
            throw error(name);
        });

        assertGoesOnAfter(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"assertion", "stack", "class"})
    void goesOnAfterARoundThatEndsWithAnError(String name) {
        round = () -> Mono.error(error(name));

        assertGoesOnAfter(name);
    }

    @Test
    void goesOnAfterAnErrorOfALaterRound() {
        Sinks.Empty<Void> first = Sinks.empty();
        round = first::asMono;
        loop.wake();
        loop.wake();
        round = () -> {
            throw error("stack");
        };

        Throwable thrown = catchThrowable(first::tryEmitEmpty);

        assertThat(thrown).isNull();
        assertThat(loop.isIdle()).isTrue();
    }

    @Test
    void goesOnWhenAFailureCannotBeTold() {
        RoundLoop mute = new RoundLoop(this::round, _ -> {
            throw error("stack");
        });
        round = () -> Mono.error(error("assertion"));

        Throwable thrown = catchThrowable(mute::wake);

        assertThat(thrown).isNull();
        assertThat(mute.isIdle()).isTrue();
    }

    private void assertGoesOnAfter(String name) {
        Throwable thrown = catchThrowable(loop::wake);
        round = Mono::empty;
        loop.wake();

        assertThat(thrown).isNull();
        assertThat(failures)
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasStackTraceContaining(name));
        assertThat(rounds).isEqualTo(2);
        assertThat(loop.isIdle()).isTrue();
    }

    private Mono<Void> round() {
        rounds++;
        return round.get();
    }
}
