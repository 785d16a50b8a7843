/** Reading requests: one look, a result, or a wait for a change. */
@NullMarked
package dev.sluice.gateway.read;

import org.jspecify.annotations.NullMarked;
