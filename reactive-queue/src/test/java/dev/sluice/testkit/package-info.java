/**
 * Private children for tests: a broker, a proxy that spoils connections, free ports. They do not outlive the test's
 * JVM.
 */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
