/** Postgres itself: connections, binary codecs, columns, errors. */
@NullMarked
package dev.sluice.gateway.store.postgres;

import org.jspecify.annotations.NullMarked;
