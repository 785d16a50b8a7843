/**
 * The processor: receives work, takes processing tokens, runs handlers, reports, acks. {@link
 * dev.sluice.processor.Processor} is its entry as a library, {@link dev.sluice.processor.ProcessorApplication} as a
 * program. It needs the broker and nothing else.
 */
@NullMarked
package dev.sluice.processor;

import org.jspecify.annotations.NullMarked;
