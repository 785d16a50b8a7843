/**
 * A broker in one JVM behind {@link dev.sluice.queue.Broker}: for embedded mode and for tests. It does not survive the
 * JVM.
 */
@NullMarked
package dev.sluice.queue.local;

import org.jspecify.annotations.NullMarked;
