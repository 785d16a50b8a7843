@NullMarked
package dev.sluice.processor.command;

import org.jspecify.annotations.NullMarked;
