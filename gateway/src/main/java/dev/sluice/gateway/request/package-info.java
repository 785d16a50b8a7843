/** The state of requests: what a request is, how it changes, and the one class that keeps it in Postgres. */
@NullMarked
package dev.sluice.gateway.request;

import org.jspecify.annotations.NullMarked;
