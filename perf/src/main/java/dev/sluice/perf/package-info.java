/**
 * Load simulations (Gatling) and micro-benchmarks (JMH); {@code perf/run} starts them, {@code perf/RESULTS.md} keeps
 * their results.
 */
@NullMarked
package dev.sluice.perf;

import org.jspecify.annotations.NullMarked;
