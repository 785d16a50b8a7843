/**
 * Calls that cannot be read as HTTP: found before the framework sees them, counted, and answered with a problem
 * document.
 */
@NullMarked
package dev.sluice.gateway.web.defect;

import org.jspecify.annotations.NullMarked;
