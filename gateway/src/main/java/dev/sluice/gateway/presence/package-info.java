/** The gateways and processors that live, and the gateway that owns each kind. */
@NullMarked
package dev.sluice.gateway.presence;

import org.jspecify.annotations.NullMarked;
