package dev.sluice.gateway.web;

/** Whole numbers in headers and queries: digits only, in a stated range. */
public final class WholeNumber {

    private static final int MAX_DIGITS = 9;

    /**
     * The number that {@code text} spells.
     *
     * @throws ProblemException {@code invalid-option}, naming option, value and the allowed range
     */
    public static int option(String option, String text, int min, int max) {
        int number = parse(text);
        if (number < min || number > max) {
            String shown = text.length() > 40 ? text.substring(0, 40) + "…" : text;
            throw new Problem(
                            ProblemType.INVALID_OPTION,
                            option + " must be a whole number from " + min + " to " + max + ", was '" + shown + "'")
                    .toException();
        }
        return number;
    }

    /** The number, or -1 if the text is no number, has a sign or more than nine digits. */
    private static int parse(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }

    private WholeNumber() {}
}
