package dev.sluice.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.RequestId;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CanceledRequestsTest {

    private final CanceledRequests canceled = new CanceledRequests();

    @Test
    void remembersAsManyAsItsBoundAndForgetsTheOldest() {
        List<RequestId> ids = ids(CanceledRequests.MAX_REMEMBERED + 1);

        canceled.add(ids);

        assertThat(canceled.contains(ids.getFirst())).isFalse();
        assertThat(ids.subList(1, ids.size())).allMatch(canceled::contains);
    }

    @Test
    void remembersLongerWhatIsCanceledAgain() {
        List<RequestId> ids = ids(CanceledRequests.MAX_REMEMBERED);
        canceled.add(ids);

        canceled.add(List.of(ids.getFirst()));
        canceled.add(ids(1));

        assertThat(canceled.contains(ids.getFirst())).isTrue();
        assertThat(canceled.contains(ids.get(1))).isFalse();
    }

    @Test
    void knowsNothingOfOtherRequests() {
        canceled.add(ids(1));

        assertThat(canceled.contains(TestWork.newId())).isFalse();
    }

    private static List<RequestId> ids(int count) {
        return Stream.generate(TestWork::newId).limit(count).toList();
    }
}
