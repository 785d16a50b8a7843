/** JSON as bytes: written on the hot path, and checked without being parsed. */
@NullMarked
package dev.sluice.gateway.json;

import org.jspecify.annotations.NullMarked;
