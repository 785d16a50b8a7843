@NullMarked
package dev.sluice.processor.samples;

import org.jspecify.annotations.NullMarked;
