package dev.sluice.oracle;

import java.util.Random;

/** The kinds and contents of a load. A sample follows from its number and the seed alone. */
enum Mix {
    /** Most succeed at once, some at their second try, some take half a second, some fail for good. */
    EVERYTHING {
        @Override
        Sample sample(int number, long seed) {
            int roll = new Random(seed * 31 + number).nextInt(100);
            if (roll < 80) {
                return new Sample("echo", body(number, ",\"pad\":\"" + "x".repeat(200) + "\""));
            }
            if (roll < 86) {
                return new Sample("flaky", body(number, ",\"failures\":1"));
            }
            if (roll < 96) {
                return new Sample("sleep", body(number, ",\"ms\":500"));
            }
            return new Sample("fail", body(number, ",\"permanent\":true,\"message\":\"as asked\""));
        }
    },

    ECHOES {
        @Override
        Sample sample(int number, long seed) {
            return new Sample("echo", body(number, ""));
        }
    },

    /** As many of each kind that there is. A thumbnail of this content fails. */
    EACH_KIND {
        @Override
        Sample sample(int number, long seed) {
            return switch (number % 5) {
                case 0 -> new Sample("echo", body(number, ""));
                case 1 -> new Sample("flaky", body(number, ",\"failures\":1"));
                case 2 -> sleep(number, 100);
                case 3 -> new Sample("fail", body(number, ",\"permanent\":true,\"message\":\"as asked\""));
                default -> new Sample("thumbnail", body(number, ""));
            };
        }
    },

    /** Each takes 300 ms: 32 tokens do at most 106 a second. */
    NAPS {
        @Override
        Sample sample(int number, long seed) {
            return sleep(number, 300);
        }
    };

    /** The content of a submission; its number stands in it, so that a stored request shows its invocation. */
    record Sample(String kind, String body, int cost) {

        Sample(String kind, String body) {
            this(kind, body, 1);
        }
    }

    abstract Sample sample(int number, long seed);

    static Sample sleep(int number, int ms) {
        return new Sample("sleep", body(number, ",\"ms\":" + ms));
    }

    static String body(int number, String more) {
        return "{\"number\":" + number + more + "}";
    }
}
