/**
 * Puts the parts of the gateway together: settings, wiring, order of start and stop, health. Nothing here is used by
 * the parts.
 */
@NullMarked
package dev.sluice.gateway;

import org.jspecify.annotations.NullMarked;
