/** Requests in Postgres: one class writes each table. */
@NullMarked
package dev.sluice.gateway.store;

import org.jspecify.annotations.NullMarked;
