/**
 * The work of a processor, as the author of a handler sees it: {@link dev.sluice.processor.handler.RequestHandler} and
 * its arguments.
 */
@NullMarked
package dev.sluice.processor.handler;

import org.jspecify.annotations.NullMarked;
