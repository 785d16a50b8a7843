package dev.sluice.gateway.store;

import dev.sluice.gateway.request.RequestState;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Puts the codes of states into statements, so that no statement has a number of its own: {@code {QUEUED}} becomes the code of one state,
 * {@code {WAITING}}, {@code {DISPATCHED}}, {@code {OPEN}} and {@code {DONE}} a list of codes for {@code in (…)}. States of a newer version
 * are in none of them, so that this version leaves their requests alone.
 */
final class StateSql {

    /** The statement with codes in it. */
    static String compose(String template) {
        String sql = template.replace("{WAITING}", codes(RequestState::isWaiting))
                .replace("{DISPATCHED}", codes(RequestState::isDispatched))
                .replace("{OPEN}", codes(state -> state.isWaiting() || state.isDispatched()))
                .replace("{DONE}", codes(RequestState::isDone));
        for (RequestState state : RequestState.values()) {
            sql = sql.replace("{" + state + "}", Byte.toString(state.code()));
        }
        return sql;
    }

    private static String codes(Predicate<RequestState> wanted) {
        return Arrays.stream(RequestState.values())
                .filter(wanted)
                .map(state -> Byte.toString(state.code()))
                .collect(Collectors.joining(", "));
    }

    private StateSql() {}
}
