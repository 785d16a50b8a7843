/** Natural batching: items that wait when a lane becomes free leave together; few of them after a short pause. */
@NullMarked
package dev.sluice.gateway.batch;

import org.jspecify.annotations.NullMarked;
