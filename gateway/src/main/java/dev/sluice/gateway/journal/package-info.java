/** The one door for what processors say: reports become events, and events become durable. */
@NullMarked
package dev.sluice.gateway.journal;

import org.jspecify.annotations.NullMarked;
