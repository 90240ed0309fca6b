using System.Buffers.Binary;

namespace FeedHandler.Transport.Tests;

/// <summary>Offers packets whose payload says what they are, drains, and writes down what came out.</summary>
internal sealed class ArbiterHarness(LineArbiterOptions options)
{
    public LineArbiter Arbiter { get; } = new(options);

    public List<string> Log { get; } = [];

    public string Text => string.Join(' ', Log);

    public ArbiterVerdict Offer(int line, ulong sequence, uint count = 1, long nowNs = 0, ulong sendingTimeNs = 0, int bytes = 12)
    {
        var payload = new byte[bytes];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(8), count);
        var verdict = Arbiter.Offer(line, sequence, count, sendingTimeNs, nowNs, payload, out var skip);
        if (verdict == ArbiterVerdict.Deliver) Log.Add(Describe(sequence, count, skip));
        Drain(nowNs);
        return verdict;
    }

    public void Drain(long nowNs)
    {
        for (var kind = Arbiter.Next(nowNs, out var e); kind != ArbiterEventKind.None; kind = Arbiter.Next(nowNs, out e))
        {
            switch (kind)
            {
                case ArbiterEventKind.Gap:
                    Log.Add($"gap[{e.From},{e.To})");
                    break;
                case ArbiterEventKind.SessionStart:
                    Log.Add($"session({e.Sequence})");
                    break;
                default:
                    var payload = Arbiter.Payload(e);
                    Assert.Equal(e.Sequence, BinaryPrimitives.ReadUInt64LittleEndian(payload));
                    Assert.Equal(e.Count, BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]));
                    Log.Add(Describe(e.Sequence, (uint)e.Count, e.Skip));
                    break;
            }
        }
    }

    private static string Describe(ulong sequence, uint count, uint skip) =>
        count == 1 ? $"{sequence}" : skip == 0 ? $"{sequence}+{count}" : $"{sequence}+{count}/{skip}";
}
