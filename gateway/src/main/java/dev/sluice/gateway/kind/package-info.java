/** The kinds of work and their policies. */
@NullMarked
package dev.sluice.gateway.kind;

import org.jspecify.annotations.NullMarked;
