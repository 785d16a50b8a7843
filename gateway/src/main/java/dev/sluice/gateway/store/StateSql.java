package dev.sluice.gateway.store;

import dev.sluice.gateway.request.RequestState;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Puts the codes of states into statements, so that no statement has a number of its own: {@code {QUEUED}} becomes the
 * code of one state, {@code {WAITING}}, {@code {DISPATCHED}}, {@code {OPEN}} and {@code {DONE}} a list of codes for
 * {@code in (…)}, and {@code {LAST_OPEN}} the highest code of an open state: Postgres expects a third of all rows to be
 * below a bound, and hardly any to be in a list. States of a newer version have higher codes than the open ones of this
 * version, so that this version leaves their requests alone.
 */
final class StateSql {

    /** The statement with codes in it. */
    static String compose(String template) {
        String sql = template.replace("{WAITING}", codes(RequestState::isWaiting))
                .replace("{DISPATCHED}", codes(RequestState::isDispatched))
                .replace("{OPEN}", codes(StateSql::isOpen))
                .replace("{DONE}", codes(RequestState::isDone))
                .replace("{LAST_OPEN}", lastOpen());
        for (RequestState state : RequestState.values()) {
            sql = sql.replace("{" + state + "}", Byte.toString(state.code()));
        }
        return sql;
    }

    private static boolean isOpen(RequestState state) {
        return state.isWaiting() || state.isDispatched();
    }

    private static String lastOpen() {
        return Arrays.stream(RequestState.values())
                .filter(StateSql::isOpen)
                .map(RequestState::code)
                .max(Comparator.naturalOrder())
                .map(code -> Byte.toString(code))
                .orElseThrow();
    }

    private static String codes(Predicate<RequestState> wanted) {
        return Arrays.stream(RequestState.values())
                .filter(wanted)
                .map(state -> Byte.toString(state.code()))
                .collect(Collectors.joining(", "));
    }

    private StateSql() {}
}
