package dev.sluice.message;

import java.util.regex.Pattern;

/** How kinds may be named: 1 to 63 of a-z, 0-9 and dashes, the first no dash. */
public final class KindName {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    /** Whether a kind may have this name. */
    public static boolean isValid(String text) {
        return NAME.matcher(text).matches();
    }

    private KindName() {}
}
