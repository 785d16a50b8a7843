/**
 * The meaning of publishing and consuming in Sluice, over any carrier: {@link dev.sluice.queue.Broker} is the contract,
 * {@code queue.rabbit} keeps it over RabbitMQ and {@code queue.local} inside one JVM. One contract suite runs against
 * both.
 */
@NullMarked
package dev.sluice.queue;

import org.jspecify.annotations.NullMarked;
