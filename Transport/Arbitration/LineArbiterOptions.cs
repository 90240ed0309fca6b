namespace FeedHandler.Transport;

/// <summary>Limits and time-outs of a <see cref="LineArbiter"/>. Times are in the caller's <c>nowNs</c>.</summary>
public sealed record LineArbiterOptions
{
    /// <summary>Most lines of one channel; two is what venues send.</summary>
    public const int MaxLines = 8;

    /// <summary>Largest <see cref="ReorderWindowPackets"/>: 128 MiB at the default <see cref="SlotBytes"/>.</summary>
    public const int MaxReorderWindowPackets = 1 << 16;

    /// <summary>Number of redundant lines. A line that never speaks costs nothing.</summary>
    public int Lines { get; init; } = 2;

    /// <summary>Width of the venue's sequence number: 32 (CME) or 64 (MoldUDP64).</summary>
    public int SequenceBits { get; init; } = 32;

    /// <summary>Whether 1 follows the greatest sequence number, instead of 0.</summary>
    public bool WrapsToOne { get; init; }

    /// <summary>The sequence number to expect first; null: whatever comes first (late join).</summary>
    public ulong? FirstSequence { get; init; }

    /// <summary>Packets that can wait for an earlier one. The window being full decides the first hole.</summary>
    public int ReorderWindowPackets { get; init; } = 256;

    /// <summary>How long a hole may stay open without progress; 20 ms is far above the lag between lines and below what a trader calls slow.</summary>
    public long ReorderTimeoutNs { get; init; } = 20_000_000;

    /// <summary>A hole is decided before its time-out when every living line is more than this many packets beyond it. Must exceed the reordering inside one line.</summary>
    public int LineReorderPackets { get; init; } = 64;

    /// <summary>A line that is silent for longer is not waited for.</summary>
    public long LineSilenceNs { get; init; } = 1_000_000_000;

    /// <summary>A packet further ahead than this is not believed until it is confirmed.</summary>
    public uint MaxJump { get; init; } = 10_000;

    /// <summary>Further packets that confirm a jump or a restart when the other line does not.</summary>
    public int ConfirmPackets { get; init; } = 3;

    /// <summary>Bytes kept for one held packet; one longer packet at a time can be held besides. The default covers an Ethernet frame.</summary>
    public int SlotBytes { get; init; } = 2048;

    /// <summary>Whether the copies of a packet are compared by length and hash. Costs a hash of every payload.</summary>
    public bool DetectConflicts { get; init; }

    internal LineArbiterOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Lines, 1, nameof(Lines));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Lines, MaxLines, nameof(Lines));
        if (SequenceBits is not (32 or 64))
            throw new ArgumentOutOfRangeException(nameof(SequenceBits), SequenceBits, "must be 32 or 64");
        ArgumentOutOfRangeException.ThrowIfLessThan(ReorderWindowPackets, 1, nameof(ReorderWindowPackets));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReorderWindowPackets, MaxReorderWindowPackets, nameof(ReorderWindowPackets));
        ArgumentOutOfRangeException.ThrowIfNegative(ReorderTimeoutNs, nameof(ReorderTimeoutNs));
        ArgumentOutOfRangeException.ThrowIfNegative(LineReorderPackets, nameof(LineReorderPackets));
        ArgumentOutOfRangeException.ThrowIfNegative(LineSilenceNs, nameof(LineSilenceNs));
        ArgumentOutOfRangeException.ThrowIfZero(MaxJump, nameof(MaxJump));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxJump, 1u << 30, nameof(MaxJump));
        ArgumentOutOfRangeException.ThrowIfLessThan(ConfirmPackets, 1, nameof(ConfirmPackets));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ConfirmPackets, 64, nameof(ConfirmPackets));
        ArgumentOutOfRangeException.ThrowIfLessThan(SlotBytes, 64, nameof(SlotBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SlotBytes, ReorderWindow.MaxPayloadBytes, nameof(SlotBytes));
        return this;
    }
}
