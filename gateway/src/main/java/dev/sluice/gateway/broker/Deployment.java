package dev.sluice.gateway.broker;

/**
 * How the programs are deployed.
 *
 * @param processorsGoWithBroker whether broker and processors are of this process, so that nothing they had outlives it
 */
public record Deployment(boolean processorsGoWithBroker) {}
