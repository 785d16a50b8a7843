package dev.sluice.processor;

import java.time.Duration;

/**
 * One more heartbeat has passed.
 *
 * @param number of heartbeats so far
 * @param length between two
 * @param ackLimit from the receipt of a message to its ack at most
 * @param total tokens of the processor
 * @param taken the tokens that long runs hold now
 */
record Tick(long number, Duration length, Duration ackLimit, int total, LongRunTokens taken) {}
