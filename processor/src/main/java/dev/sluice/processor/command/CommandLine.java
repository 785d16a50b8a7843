package dev.sluice.processor.command;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a command line as a shell would: blanks separate, {@code '…'} keeps everything, {@code "…"} keeps all but a
 * backslash before {@code "} and {@code \}, a backslash keeps the next character. Nothing is expanded.
 */
final class CommandLine {

    private static final char NONE = 0;

    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean inWord;
    private char quote = NONE;

    /** @throws IllegalArgumentException if a quote is left open or nothing is there */
    static List<String> words(String line) {
        CommandLine parser = new CommandLine();
        for (int i = 0; i < line.length(); i++) {
            char next = i + 1 < line.length() ? line.charAt(i + 1) : NONE;
            if (parser.isEscape(line.charAt(i), next)) {
                parser.append(next);
                i++;
            } else {
                parser.read(line.charAt(i));
            }
        }
        return parser.end(line);
    }

    private boolean isEscape(char c, char next) {
        return switch (quote) {
            case '\'' -> false;
            case '"' -> c == '\\' && (next == '"' || next == '\\');
            default -> c == '\\' && next != NONE;
        };
    }

    private void read(char c) {
        if (quote != NONE) {
            readQuoted(c);
        } else if (c == '\'' || c == '"') {
            quote = c;
            inWord = true; // an empty pair of quotes is a word, too
        } else if (Character.isWhitespace(c)) {
            endWord();
        } else {
            append(c);
        }
    }

    private void readQuoted(char c) {
        if (c == quote) {
            quote = NONE;
        } else {
            append(c);
        }
    }

    private void append(char c) {
        word.append(c);
        inWord = true;
    }

    private void endWord() {
        if (inWord) {
            words.add(word.toString());
            word.setLength(0);
            inWord = false;
        }
    }

    private List<String> end(String line) {
        if (quote != NONE) {
            throw new IllegalArgumentException("a quote " + quote + " is left open in " + line);
        }
        endWord();
        if (words.isEmpty()) {
            throw new IllegalArgumentException("it must name a program, was empty");
        }
        return words;
    }
}
