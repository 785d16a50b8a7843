package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StateSqlTest {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{[A-Z]+}");

    @Test
    void putsCodesInForNames() {
        assertThat(StateSql.compose("state = {QUEUED} or state in ({WAITING})"))
                .isEqualTo("state = 2 or state in (1, 4)");
    }

    @Test
    void leavesNoStateOfANewerVersionInAnyList() {
        assertThat(StateSql.compose("{WAITING} {DISPATCHED} {OPEN} {DONE}")).doesNotContain("-1");
    }

    @Test
    void leavesNoNameInAStatement() {
        assertThat(List.of(Backlog.TAKE_SQL, RequestUpdate.SQL, RequestInserts.SQL))
                .noneMatch(sql -> PLACEHOLDER.matcher(sql).find());
    }
}
