/** The clients behind the calls. */
@NullMarked
package dev.sluice.gateway.client;

import org.jspecify.annotations.NullMarked;
