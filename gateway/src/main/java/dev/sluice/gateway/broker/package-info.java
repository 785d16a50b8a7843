/** The gateway's connection to the broker, and its metrics. */
@NullMarked
package dev.sluice.gateway.broker;

import org.jspecify.annotations.NullMarked;
