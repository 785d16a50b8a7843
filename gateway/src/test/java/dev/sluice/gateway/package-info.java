/**
 * Real gateways for tests, in this JVM and in JVMs that may be killed, and the tests of how the parts are put together.
 */
@NullMarked
package dev.sluice.gateway;

import org.jspecify.annotations.NullMarked;
