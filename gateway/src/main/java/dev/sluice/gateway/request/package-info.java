/** The domain: a request, its states and events, and its JSON. Pure: nothing here reaches a database or a broker. */
@NullMarked
package dev.sluice.gateway.request;

import org.jspecify.annotations.NullMarked;
