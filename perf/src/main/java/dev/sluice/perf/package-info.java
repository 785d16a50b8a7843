/** Load simulations (Gatling) and micro-benchmarks (JMH); {@code perf/run} starts them, {@code perf/RESULTS.md} keeps what they showed. */
@NullMarked
package dev.sluice.perf;

import org.jspecify.annotations.NullMarked;
