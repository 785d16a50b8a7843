/** A whole gateway without HTTP for tests: real Postgres, the broker of one JVM or RabbitMQ. */
@NullMarked
package dev.sluice.gateway.testkit;

import org.jspecify.annotations.NullMarked;
