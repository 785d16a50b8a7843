/** Reading and following requests: one log for polls, long polls, Server-Sent Events and WebSockets. */
@NullMarked
package dev.sluice.gateway.live;

import org.jspecify.annotations.NullMarked;
