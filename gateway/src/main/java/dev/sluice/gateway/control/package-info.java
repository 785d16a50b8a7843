/** What gateways know of each other, of kinds and of processors, and the hints they send: announcements and cancels. */
@NullMarked
package dev.sluice.gateway.control;

import org.jspecify.annotations.NullMarked;
