/** Cancelling requests, by HTTP and by socket. */
@NullMarked
package dev.sluice.gateway.cancel;

import org.jspecify.annotations.NullMarked;
