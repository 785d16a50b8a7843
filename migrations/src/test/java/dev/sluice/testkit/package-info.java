/** A private Postgres for tests, to be killed, stopped and started again. */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
