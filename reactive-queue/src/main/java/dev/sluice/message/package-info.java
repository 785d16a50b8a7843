/**
 * The wire contract of gateway and processor: work out, reports back, announcements between gateways, control to
 * processors.
 *
 * <p>A message is a version byte, a type byte and length-prefixed frames, big-endian. A reader skips unknown bytes at
 * the end of a frame and accepts this version and the one before. Payloads travel as they are, never in base64.
 */
@NullMarked
package dev.sluice.message;

import org.jspecify.annotations.NullMarked;
