package dev.sluice.oracle;

/**
 * A promise that was not kept.
 *
 * @param guarantee the broken guarantee, for instance G1: every accepted request ends
 * @param what the fact that shows it
 */
record Violation(String guarantee, String what) {}
