/** Handlers that let an HTTP API do the work. */
@NullMarked
package dev.sluice.processor.http;

import org.jspecify.annotations.NullMarked;
