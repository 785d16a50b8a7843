/** Tests of intake. */
@NullMarked
package dev.sluice.gateway.intake;

import org.jspecify.annotations.NullMarked;
