@NullMarked
package dev.sluice.processor.handler;

import org.jspecify.annotations.NullMarked;
