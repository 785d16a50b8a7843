/** Hints to all gateways about requests that changed. */
@NullMarked
package dev.sluice.gateway.announce;

import org.jspecify.annotations.NullMarked;
