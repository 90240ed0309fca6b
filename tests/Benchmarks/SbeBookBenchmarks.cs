using BenchmarkDotNet.Attributes;

namespace FeedHandler.Benchmarks;

/// <summary>Decode and encode of CME's book by price, against hand-written code over blittable structs.</summary>
[MemoryDiagnoser]
public class SbeBookBenchmarks
{
    private readonly byte[] _destination = new byte[1024];
    private byte[] _message = [];

    /// <summary>Entries of the message.</summary>
    [Params(1, 3, 10)]
    public int Entries { get; set; }

    /// <summary>Makes the message.</summary>
    [GlobalSetup]
    public void Setup() => _message = BookCodecs.Sample(Entries);

    /// <summary>Generated reader.</summary>
    [Benchmark]
    public long Decode() => BookCodecs.DecodeGenerated(_message, 11, BookCodecs.Version);

    /// <summary>Hand-written reader.</summary>
    [Benchmark(Baseline = true)]
    public long DecodeByHand() => BookCodecs.DecodeOverlay(_message, 11, BookCodecs.Version);

    /// <summary>Generated writer.</summary>
    [Benchmark]
    public int Encode() => BookCodecs.EncodeGenerated(_destination, Entries);

    /// <summary>Hand-written writer.</summary>
    [Benchmark]
    public int EncodeByHand() => BookCodecs.EncodeOverlay(_destination, Entries);
}
