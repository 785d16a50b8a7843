/** The one door for reports of processors: reports become events, and events become durable. */
@NullMarked
package dev.sluice.gateway.journal;

import org.jspecify.annotations.NullMarked;
