package dev.sluice.processor.command;

import dev.sluice.message.Failure;
import dev.sluice.message.Report;
import dev.sluice.processor.handler.Context;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Reads a program's stderr: JSON objects, one a line, are progress; of all else the end is kept. */
final class StandardError {

    private final Context context;
    private final StringBuilder kept = new StringBuilder();

    StandardError(Context context) {
        this.context = context;
    }

    /** Reads to the end. Blocks. */
    void read(InputStream stderr) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stderr, StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                // A line without end is taken in pieces: a piece longer than progress may be is no progress.
                if (c == '\n' || line.length() > Report.Progress.MAX_JSON) {
                    take(line.toString());
                    line.setLength(0);
                }
                if (c != '\n') {
                    line.append((char) c);
                }
            }
            take(line.toString());
        } catch (IOException _) {
            // The program was killed; its output so far is kept.
        }
    }

    /** The last {@link Failure#MAX_DETAIL} characters that were not progress. */
    synchronized String tail() {
        return kept.toString().strip();
    }

    private void take(String line) {
        if (!isProgress(line) && !line.isBlank()) {
            keep(line);
        }
    }

    private boolean isProgress(String line) {
        if (!line.startsWith("{")) {
            return false;
        }
        try {
            context.progress(line);
            return true;
        } catch (IllegalArgumentException _) {
            return false; // it only looked like JSON
        }
    }

    private synchronized void keep(String line) {
        kept.append(line).append('\n');
        if (kept.length() > Failure.MAX_DETAIL) {
            kept.delete(0, kept.length() - Failure.MAX_DETAIL);
        }
    }
}
