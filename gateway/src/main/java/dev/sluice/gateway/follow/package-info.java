/** Following requests: Server-Sent Events and WebSockets. */
@NullMarked
package dev.sluice.gateway.follow;

import org.jspecify.annotations.NullMarked;
