/** RabbitMQ 3.10 to 4.x behind {@link dev.sluice.queue.Broker}. */
@NullMarked
package dev.sluice.queue.rabbit;

import org.jspecify.annotations.NullMarked;
