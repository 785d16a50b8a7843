/** Handlers that let a local program do the work. */
@NullMarked
package dev.sluice.processor.command;

import org.jspecify.annotations.NullMarked;
