/**
 * The treatment of settings in every program of Sluice: unknown keys and wrong values stop the start in one readable
 * sentence.
 */
@NullMarked
package dev.sluice.settings;

import org.jspecify.annotations.NullMarked;
