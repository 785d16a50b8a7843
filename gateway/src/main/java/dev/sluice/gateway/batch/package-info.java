/** Natural batching: what waits when a lane is free leaves together; nothing ever waits for a timer. */
@NullMarked
package dev.sluice.gateway.batch;

import org.jspecify.annotations.NullMarked;
