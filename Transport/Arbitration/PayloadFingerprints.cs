using System.Numerics;
using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Length and hash of the packets accepted lately, to compare them with their copies.</summary>
internal sealed class PayloadFingerprints
{
    private const int Entries = 4096;
    private const ulong Prime = 0x9E37_79B9_7F4A_7C15;

    private readonly Entry[] _entries = new Entry[Entries];

    public void Clear() => Array.Clear(_entries);

    [HotPath]
    public void Record(ulong position, uint count, ReadOnlySpan<byte> payload)
    {
        ref var entry = ref _entries[position & (Entries - 1)];
        entry.Position = position;
        entry.Count = count;
        entry.Length = payload.Length;
        entry.Hash = Hash(payload);
    }

    /// <summary>Whether this packet is known with the same extent, but with other bytes.</summary>
    [HotPath]
    public bool Contradicts(ulong position, uint count, ReadOnlySpan<byte> payload)
    {
        ref readonly var entry = ref _entries[position & (Entries - 1)];
        if (entry.Position != position || entry.Count != count) return false;
        return entry.Length != payload.Length || entry.Hash != Hash(payload);
    }

    /// <summary>Four independent lanes, so that the multiplications overlap. Good against corruption, not against an adversary.</summary>
    internal static ulong Hash(ReadOnlySpan<byte> payload)
    {
        ulong a = Prime, b = ~Prime, c = Prime << 1, d = Prime >> 1;
        var words = MemoryMarshal.Cast<byte, ulong>(payload);
        var i = 0;
        for (; i + 4 <= words.Length; i += 4)
        {
            a = Mix(a, words[i]);
            b = Mix(b, words[i + 1]);
            c = Mix(c, words[i + 2]);
            d = Mix(d, words[i + 3]);
        }

        for (; i < words.Length; i++) a = Mix(a, words[i]);
        for (var at = words.Length * sizeof(ulong); at < payload.Length; at++) b = Mix(b, payload[at]);
        return Mix(Mix(Mix(a, b), c), d);
    }

    private static ulong Mix(ulong state, ulong word) => BitOperations.RotateLeft((state ^ word) * Prime, 29);

    private struct Entry
    {
        public ulong Position;
        public ulong Hash;
        public uint Count;
        public int Length;
    }
}
