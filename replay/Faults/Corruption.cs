using FeedHandler.Replay.Synthetic;

namespace FeedHandler.Replay.Faults;

/// <summary>Some packets arrive damaged: bits flipped, or cut short.</summary>
public sealed class Corruption(double probability, ulong seed) : IFault
{
    private const int MaxFlips = 4;

    private readonly SeededRandom _random = new(seed);

    public void Apply(in LinePacket packet, ref Fate fate)
    {
        if (_random.Chance(probability)) fate.DamageSeed = _random.NextUInt64() | 1;
    }

    /// <summary>Does the damage in place; returns the length that is left.</summary>
    public static int Damage(Span<byte> payload, ulong damageSeed)
    {
        if (payload.IsEmpty) return 0;
        var random = new SeededRandom(damageSeed);
        if (random.Chance(0.25)) return random.Next(payload.Length);
        for (int i = random.Next(1, MaxFlips + 1); i > 0; i--) payload[random.Next(payload.Length)] ^= (byte)(1 << random.Next(8));
        return payload.Length;
    }
}
