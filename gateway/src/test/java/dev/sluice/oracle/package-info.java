/**
 * The oracle: clients write down their calls and the answers, faults happen, and a checker compares that history with
 * the tables and the broker. It never asks a gateway for the truth.
 *
 * <p>All scenarios run with two processors and two gateways or three, each a process of its own, and its clients call
 * all gateways in turn. A {@link dev.sluice.oracle.Scenario} is a load in a process of its own while a {@link
 * dev.sluice.oracle.Fault} strikes; the others make their calls themselves or start such a load. Each ends with an
 * {@link dev.sluice.oracle.Audit}: heal, drain, check. Each proves that its fault was reached; a run that never reached
 * it fails.
 *
 * <pre>
 * fault                                                   scenario, and tests with fewer parts
 *
 * kill -9 of a gateway, a processor, RabbitMQ, Postgres;
 *     RabbitMQ comes back empty                           FaultsIT
 * three gateways are killed, stopped and started          GatewaysComeAndGoIT; SharedKindsIT, SharedShardsIT
 * answers of committed statements are lost while the
 *     queue never gets empty                              CutConnectionsIT.forgetsNo…; StoreFaultsIT
 * Postgres away, the gateways' broker connections cut
 *     twice, 6,000 reports waiting                        CutConnectionsIT.givesUpNo…; JournalRabbitIT
 * a processor's connection cut five times in one run      CutConnectionsIT.endsOneRunOnce…; ProcessorIT,
 *                                                         LostConnectionTest
 * the journal is late while processors live               LivingProcessorsIT.callsNoRun…; HeartbeatSweepIT
 * 2,000 requests canceled at once                         LivingProcessorsIT.startsNo…; CanceledRequestsTest
 * processors of 4 and 16 tokens, requests of cost 8       LivingProcessorsIT.runsWhatIs…; UnequalProcessorsTest
 * an uncertain commit, a deadlock                         StoreFaultsIT
 * three sweepers at once                                  DeadGatewaySweepIT, EpochSweepIT
 * the processor, the gateway and the broker of work
 *     that holds no message die                           LongRunsIT; LongRunTest
 * one gateway's clock is an hour ahead, and jumps         ClockAheadIT; StoreClockTest
 * odd headers, request lines, framings and chunks         DefectiveCallIT, HostileHttpIT
 * nacks, no route, blocked connection, partition          RabbitFaultsIT
 * </pre>
 */
@NullMarked
package dev.sluice.oracle;

import org.jspecify.annotations.NullMarked;
