using FeedHandler.Replay.Bench;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Bench;

/// <summary>
/// Stages of the pipeline against a reference loop of the same run. Processor time of the thread, the best of many turns:
/// what else the machine does is hardly in it. On a quiet machine the stages take 0.10, 0.12, 0.19, 0.20, 0.46 and 0.53 of the
/// reference; the limits are about four times that, because machines and loads differ. Alone in its process: while other tests are being compiled, the
/// compiler leaves these stages in their first, slow tier.
/// </summary>
[Collection(Alone)]
[CollectionDefinition(Alone, DisableParallelization = true)]
public sealed class PerformanceGateTests(ITestOutputHelper output) : IDisposable
{
    private const string Alone = "alone";
    private const int Turns = 40;

    private readonly string _folder = Directory.CreateTempSubdirectory("gates-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Stages_keep_their_ratio_to_the_reference_loop()
    {
        var capture = Path.Combine(_folder, "gates.pcap");
        CaptureGenerator.Run(new GenerateOptions { Path = capture, Packets = 10_000 });
        var feed = FeedFile.Load(Path.ChangeExtension(capture, ".feed.json"));
        using var memory = FrameMemory.Load([capture]);
        var stages = new PipelineStages(memory, feed);
        (string Name, Func<PipelineRun> Run, double MostOfReference)[] gates =
        [
            ("parse", stages.Parse, 0.4),
            ("arbitrate", stages.Arbitrate, 0.5),
            ("decode", stages.Decode, 0.8),
            ("ring", stages.Ring, 1.0),
            ("book", stages.Books, 2.0),
            ("publish", stages.Publish, 3.0),
        ];
        var best = new double[gates.Length];
        Array.Fill(best, double.MaxValue);
        var reference = double.MaxValue;
        for (var turn = 0; turn < Turns; turn++)
        {
            reference = Math.Min(reference, Hash(memory));
            for (var i = 0; i < gates.Length; i++) best[i] = Math.Min(best[i], gates[i].Run().ThreadCpuNs);
        }

        for (var i = 0; i < gates.Length; i++) output.WriteLine($"{gates[i].Name,-10} {best[i] / memory.Frames,6:F1} ns/frame, {best[i] / reference:F2} of the reference's {reference / memory.Frames:F1} (limit {gates[i].MostOfReference})");
        Assert.All(gates.Select((gate, i) => (gate.Name, Ratio: best[i] / reference, gate.MostOfReference)), gate => Assert.InRange(gate.Ratio, 0, gate.MostOfReference));
    }

    /// <summary>FNV-1a over every byte of every frame: one dependent multiplication a byte, the same on every build.</summary>
    private static unsafe double Hash(FrameMemory memory)
    {
        using var source = new FrameMemory.Source(memory);
        var frames = new Frame[RxCore.BurstFrames];
        var started = CpuClock.NowNs();
        var hash = 14_695_981_039_346_656_037;
        while (!source.IsEnded)
        {
            var count = source.Poll(frames);
            for (var i = 0; i < count; i++)
            {
                foreach (var value in new ReadOnlySpan<byte>(frames[i].Data, frames[i].Length)) hash = (hash ^ value) * 1_099_511_628_211;
            }
        }

        var elapsed = CpuClock.NowNs() - started;
        Assert.NotEqual(0ul, hash);
        return elapsed;
    }
}
