/** The one door for changes of state: decide, write, announce, free slots, log. */
@NullMarked
package dev.sluice.gateway.transition;

import org.jspecify.annotations.NullMarked;
