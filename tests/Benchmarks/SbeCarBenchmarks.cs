using BenchmarkDotNet.Attributes;

namespace FeedHandler.Benchmarks;

/// <summary>Decode and encode of the SBE tool's example message, against hand-written code over blittable structs.</summary>
[MemoryDiagnoser]
public class SbeCarBenchmarks
{
    private readonly byte[] _destination = new byte[1024];
    private readonly byte[] _message = CarCodecs.Sample();

    /// <summary>Generated reader.</summary>
    [Benchmark]
    public long Decode() => CarCodecs.DecodeGenerated(_message);

    /// <summary>Hand-written reader.</summary>
    [Benchmark(Baseline = true)]
    public long DecodeByHand() => CarCodecs.DecodeByHand(_message);

    /// <summary>Generated writer.</summary>
    [Benchmark]
    public long Encode() => CarCodecs.EncodeGenerated(_destination);

    /// <summary>Hand-written writer.</summary>
    [Benchmark]
    public long EncodeByHand() => CarCodecs.EncodeByHand(_destination);
}
