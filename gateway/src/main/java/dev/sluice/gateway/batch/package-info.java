/** Natural batching: items that wait when a lane becomes free leave together. No item ever waits for a timer. */
@NullMarked
package dev.sluice.gateway.batch;

import org.jspecify.annotations.NullMarked;
