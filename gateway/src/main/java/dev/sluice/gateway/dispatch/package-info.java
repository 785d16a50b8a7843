/**
 * Demand, continued into the database: how requests leave the backlog for the broker, at most a window of each kind.
 */
@NullMarked
package dev.sluice.gateway.dispatch;

import org.jspecify.annotations.NullMarked;
