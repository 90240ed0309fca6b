using System.Runtime.CompilerServices;

namespace FeedHandler.Actors;

/// <summary>Decides whether a channel reset may hide in lost packets: then an instrument's sequence that goes on proves nothing.</summary>
/// <remarks>
/// <para>
/// A reset starts every instrument of the channel at 1 again. After it, the lost packets would have to hold all updates up
/// to the numbers that the instruments show when they are seen next, and a packet holds only so many: when the numbers of
/// all instruments seen since the gap add up to more, there was no reset, for any of them.
/// </para>
/// <para>Sees the updates of every shard's instruments, so that all shards decide alike. Owned by one shard's thread.</para>
/// </remarks>
internal sealed class ResetProof
{
    /// <summary>A packet stays within an Ethernet frame, and the shortest entry that has a sequence (volume) takes 16 bytes.</summary>
    private const uint MaxSequencesPerPacket = 1536 / 16;

    /// <summary>Instruments whose numbers count; with so many, they add up to enough but after a very long gap.</summary>
    private const int MaxWitnesses = 256;

    private readonly uint[] _witnesses = new uint[MaxWitnesses];
    private int _count;
    private ulong _sum;
    private ulong _room;

    /// <summary>Whether it is open if a reset hides in a gap.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether one sequence alone is too high to have been reached from 1 inside lost packets.</summary>
    public static bool IsBeyond(uint sequence, uint packets) => sequence > (ulong)packets * MaxSequencesPerPacket;

    /// <summary>Packets were lost. Until there is a proof the reset may as well be in an earlier gap.</summary>
    public void OnGap(uint packets)
    {
        if (!IsOpen) _room = 0;
        IsOpen = true;
        _count = 0;
        _sum = 0;
        _room += (ulong)packets * MaxSequencesPerPacket;
    }

    /// <summary>An instrument shows its sequence.</summary>
    /// <returns>Whether that was the last word: no reset hides in the gap.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool Testify(uint instrument, uint sequence)
    {
        // After the next gap, this update is one of those between reset and witness.
        _room++;

        // Only its first number after the gap says something of the gap.
        var witnesses = _witnesses.AsSpan(0, _count);
        if (_count == MaxWitnesses || witnesses.Contains(instrument)) return false;
        _witnesses[_count++] = instrument;
        _sum += sequence - 1;
        IsOpen = _sum <= _room;
        return !IsOpen;
    }

    /// <summary>The venue said what happened: a reset that was seen, a new session.</summary>
    public void Close() => IsOpen = false;
}
