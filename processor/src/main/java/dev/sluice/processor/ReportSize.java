package dev.sluice.processor;

import dev.sluice.message.Report;

/** About how many bytes a report takes in its message: exact where bytes are opaque, three a character elsewhere. */
final class ReportSize {

    private static final int OVERHEAD = 64;

    static int of(Report report) {
        return OVERHEAD
                + switch (report) {
                    case Report.Started _, Report.Released _, Report.Canceled _ -> 0;
                    case Report.Progress progress -> text(progress.json());
                    case Report.Output output -> output.chunk().length;
                    case Report.Succeeded succeeded ->
                        succeeded.result().size() + text(succeeded.result().contentType());
                    case Report.Failed failed ->
                        text(failed.failure().code())
                                + text(failed.failure().title())
                                + text(failed.failure().detail());
                };
    }

    private static int text(String text) {
        return 3 * text.length();
    }

    private ReportSize() {}
}
