@NullMarked
package dev.sluice.processor.http;

import org.jspecify.annotations.NullMarked;
