/** Sweeps: requests that fell between, found by evidence and repaired once, however many gateways look. */
@NullMarked
package dev.sluice.gateway.reconcile;

import org.jspecify.annotations.NullMarked;
