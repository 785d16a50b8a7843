/**
 * The oracle: a load of its own process writes what it was told, faults happen, and a checker compares that history with the tables and
 * the broker. It never asks the gateway for the truth.
 *
 * <p>A scenario is a {@link dev.sluice.oracle.Fault} and what must have happened at least once; {@link dev.sluice.oracle.Scenario} runs
 * it: warm-up, load with faults, heal, drain, check.
 */
@NullMarked
package dev.sluice.oracle;

import org.jspecify.annotations.NullMarked;
