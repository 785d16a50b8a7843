/**
 * From a call to a durable request: admission, cheapest check first, then one insert for all submissions that came
 * together.
 */
@NullMarked
package dev.sluice.gateway.intake;

import org.jspecify.annotations.NullMarked;
