/** Kinds to try Sluice with: echo, sleep, thumbnail, flaky and fail. */
@NullMarked
package dev.sluice.processor.samples;

import org.jspecify.annotations.NullMarked;
