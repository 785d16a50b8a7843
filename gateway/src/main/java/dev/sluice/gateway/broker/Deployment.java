package dev.sluice.gateway.broker;

/**
 * How the programs are deployed.
 *
 * @param processorsGoWithBroker whether broker and processors run in this process, so that nothing they held outlives
 *     it
 */
public record Deployment(boolean processorsGoWithBroker) {}
