using FeedHandler.Replay.Faults;

namespace FeedHandler.Replay.Synthetic.Itch;

/// <summary>What a synthetic ITCH day looks like.</summary>
public sealed record ItchOptions
{
    /// <summary>Stock locates are 16 bits wide and start at 1.</summary>
    public const int MaxSymbols = 65_535;

    public ulong Seed { get; init; } = 1;

    /// <summary>Messages in all, directory included.</summary>
    public long Messages { get; init; } = 1_000_000;

    public int Symbols { get; init; } = 100;

    /// <summary>Resting orders that the market grows to and then keeps.</summary>
    public int Live { get; init; } = 20_000;
}

/// <summary>Where a synthetic day is written, and what happens to it on the way.</summary>
public sealed record ItchGenerateOptions
{
    public required ItchOptions Market { get; init; }

    /// <summary>A capture where it ends in .pcap, else a raw file.</summary>
    public required string Path { get; init; }

    public bool IsCapture => IsCaptureName(Path);

    /// <summary>Whether a file of this name is a capture; else it is raw.</summary>
    public static bool IsCaptureName(string path) => path.EndsWith(".pcap", StringComparison.OrdinalIgnoreCase);

    public double LossA { get; init; }

    public double LossB { get; init; }

    /// <summary>Ranges of packets that are lost on both lines.</summary>
    public IReadOnlyList<Gap> Gaps { get; init; } = [];

    public bool OnlyLineA { get; init; }

    /// <summary>Whether the final books, orders, instruments and the best prices are written beside the file.</summary>
    public bool WritesExpected { get; init; } = true;

    public string ChannelName { get; init; } = "itch-synthetic";
}
