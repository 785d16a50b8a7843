/** The schema of Sluice, a file a step, and what brings a database to it. */
@NullMarked
package dev.sluice.migrations;

import org.jspecify.annotations.NullMarked;
