/**
 * Shared by every HTTP route: problem documents, pre-encoded answers, body reading, strict headers. Knows nothing of
 * requests.
 */
@NullMarked
package dev.sluice.gateway.web;

import org.jspecify.annotations.NullMarked;
