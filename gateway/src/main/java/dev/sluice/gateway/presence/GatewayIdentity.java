package dev.sluice.gateway.presence;

import java.util.UUID;

/**
 * The identity of this gateway, new at each start.
 *
 * @param host shown to people
 */
public record GatewayIdentity(UUID id, String host) {}
