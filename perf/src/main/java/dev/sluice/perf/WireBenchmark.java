package dev.sluice.perf;

import com.fasterxml.uuid.Generators;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Envelopes and report batches to bytes and back; 1 KB payloads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WireBenchmark {

    @Param({"1", "32"})
    int items;

    private WorkEnvelope envelope = new WorkEnvelope("echo", List.of(item()));
    private StatusMessage.ReportBatch reports = new StatusMessage.ReportBatch(UUID.randomUUID(), List.of());
    private byte[] envelopeBytes = new byte[0];
    private byte[] reportBytes = new byte[0];

    @Setup
    public void fill() {
        List<WorkItem> work = new ArrayList<>();
        List<Report> said = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            WorkItem item = item();
            work.add(item);
            Fence fence = new Fence(1, 0);
            said.add(new Report.Started(item.id(), fence, 1, item.acceptedAt(), false));
            said.add(new Report.Succeeded(item.id(), fence, 2, item.acceptedAt(), item.payload()));
        }
        envelope = new WorkEnvelope("echo", work);
        reports = new StatusMessage.ReportBatch(UUID.randomUUID(), said);
        envelopeBytes = Wire.encode(envelope);
        reportBytes = Wire.encode(reports);
    }

    @Benchmark
    public byte[] encodeEnvelope() {
        return Wire.encode(envelope);
    }

    @Benchmark
    public WorkEnvelope decodeEnvelope() {
        return Wire.decodeWork(envelopeBytes);
    }

    @Benchmark
    public byte[] encodeReports() {
        return Wire.encode(reports);
    }

    @Benchmark
    public StatusMessage decodeReports() {
        return Wire.decodeStatus(reportBytes);
    }

    private static WorkItem item() {
        UUID uuid = Generators.timeBasedEpochGenerator().generate();
        Payload payload = new Payload(Payload.JSON, new byte[1_024]);
        return new WorkItem(
                new RequestId(uuid), 1, 1, 5, 1, false, Duration.ofMinutes(1), Instant.EPOCH, null, payload);
    }
}
