package dev.sluice.message;

/**
 * Why an attempt failed, as far as its caller may know.
 *
 * @param code short and stable, for instance {@code upstream-timeout}; becomes the problem's type
 * @param title one line for people
 * @param detail more, possibly empty; cut at {@link #MAX_DETAIL} characters
 */
public record Failure(String code, String title, String detail) {

    public static final int MAX_DETAIL = 2_000;
    private static final int MAX_CODE = 63;
    private static final int MAX_TITLE = 200;

    public Failure {
        code = cut(code, MAX_CODE);
        title = cut(title, MAX_TITLE);
        detail = cut(detail, MAX_DETAIL);
    }

    private static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
        return text.substring(0, end);
    }
}
