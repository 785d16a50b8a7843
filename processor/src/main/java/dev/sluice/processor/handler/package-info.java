/**
 * What work a processor can run, as its author sees it: {@link dev.sluice.processor.handler.RequestHandler} and what it
 * is given.
 */
@NullMarked
package dev.sluice.processor.handler;

import org.jspecify.annotations.NullMarked;
