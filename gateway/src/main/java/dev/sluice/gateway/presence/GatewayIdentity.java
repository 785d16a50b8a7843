package dev.sluice.gateway.presence;

import java.util.UUID;

/**
 * Who this gateway is; new at each start.
 *
 * @param host for people
 */
public record GatewayIdentity(UUID id, String host) {}
