/**
 * The oracle: a load of its own process writes down its calls and their answers, faults happen, and a checker compares
 * that history with the tables and the broker. It never asks the gateway for the truth.
 *
 * <p>A scenario is a {@link dev.sluice.oracle.Fault} with the evidence that it struck;
 * {@link dev.sluice.oracle.Scenario} runs it: warm-up, load with faults, heal, drain, check.
 */
@NullMarked
package dev.sluice.oracle;

import org.jspecify.annotations.NullMarked;
