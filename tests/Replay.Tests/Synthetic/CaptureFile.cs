using System.Buffers.Binary;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Tests.Synthetic;

/// <summary>The packets of a generated capture by feed and line, in file order.</summary>
internal sealed class CaptureFile
{
    private readonly Dictionary<(uint Group, ushort Port), (CmeFeed Feed, Line Line)> _addresses = [];

    public CaptureFile(string path, short channelId = 310)
    {
        foreach (CmeFeed feed in Enum.GetValues<CmeFeed>())
        {
            foreach (Line line in Enum.GetValues<Line>())
            {
                Pcap.UdpEndpoints endpoints = FeedAddresses.Of(channelId, feed, line);
                _addresses.Add((endpoints.Destination, endpoints.DestinationPort), (feed, line));
            }
        }

        byte[] file = File.ReadAllBytes(path);
        for (int at = 24; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
            ReadOnlySpan<byte> frame = file.AsSpan(at + 16, length);
            (CmeFeed feed, Line line) = _addresses[(BinaryPrimitives.ReadUInt32BigEndian(frame[30..]), BinaryPrimitives.ReadUInt16BigEndian(frame[36..]))];
            Frames.Add((BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at)) * 1_000_000_000UL + BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4)), feed, line, frame[42..].ToArray()));
            at += 16 + length;
        }
    }

    public List<(ulong TimeNs, CmeFeed Feed, Line Line, byte[] Payload)> Frames { get; } = [];

    public IEnumerable<byte[]> Payloads(CmeFeed feed, Line line) => Frames.Where(f => f.Feed == feed && f.Line == line).Select(f => f.Payload);

    public static uint Sequence(byte[] payload) => BinaryPrimitives.ReadUInt32LittleEndian(payload);

    /// <summary>The incremental packets of both lines, each once, by distance from the first sequence.</summary>
    public SortedDictionary<uint, byte[]> Merged(uint firstSequence)
    {
        var merged = new SortedDictionary<uint, byte[]>();
        foreach (byte[] payload in Frames.Where(f => f.Feed == CmeFeed.Incremental).Select(f => f.Payload))
        {
            merged.TryAdd(unchecked(Sequence(payload) - firstSequence), payload);
        }

        return merged;
    }
}

/// <summary>A folder for one test's files.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("synthetic-");

    public string File(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
