/** The parts that a gateway starts and stops. */
@NullMarked
package dev.sluice.gateway.lifecycle;

import org.jspecify.annotations.NullMarked;
