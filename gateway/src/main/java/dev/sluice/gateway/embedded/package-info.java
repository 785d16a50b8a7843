/** Everything in one process for one machine: PostgreSQL, broker, gateway and processor. */
@NullMarked
package dev.sluice.gateway.embedded;

import org.jspecify.annotations.NullMarked;
