package dev.sluice.gateway;

/**
 * In which form the gateway runs.
 *
 * @param processorsGoWithBroker whether broker and processors are of this process, so that nothing they had outlives it
 */
public record Form(boolean processorsGoWithBroker) {}
