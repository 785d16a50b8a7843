/** What every program of Sluice does with its settings: unknown keys and wrong values stop the start in one readable sentence. */
@NullMarked
package dev.sluice.settings;

import org.jspecify.annotations.NullMarked;
