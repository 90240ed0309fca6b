using System.Buffers.Binary;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Tests.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.EndToEnd;

/// <summary>Packets from a source that the feed does not name: not one of them gets as far as a channel.</summary>
public sealed class ForgedSourceTests
{
    private const int UdpSourceOffset = 26;

    [Fact]
    public void Packets_of_another_source_are_all_dropped_and_change_nothing()
    {
        var frames = MemorySource.Read(Pcaps.PathOf("cme-v8.pcap"));
        var (_, expected) = Play(frames);
        var lines = FeedFile.Load(Pcaps.PathOf("cme-v8.feed.json")).Channels[0].Incremental;
        var forged = new List<(byte[] Bytes, long TimeNs, LinkType Link)>();
        var count = 0;
        foreach (var frame in frames)
        {
            // The worst that can be sent: the packet that is expected next, with other content, ahead of the true one.
            if (forged.Count % 7 == 0 && (IsOf(lines.A, frame) || IsOf(lines.B!, frame)))
            {
                var copy = frame.Bytes.AsSpan().ToArray();
                copy[UdpSourceOffset + 3] ^= 0x55;
                copy[^9] ^= 0xFF;
                forged.Add((copy, frame.TimeNs, frame.Link));
                count++;
            }

            forged.Add(frame);
        }

        Assert.InRange(count, 400, int.MaxValue);
        var (wrongSource, books) = Play(forged);
        Assert.Equal(count, wrongSource);
        Assert.Equal(expected, books);
    }

    private static (long WrongSource, List<string> Books) Play(List<(byte[] Bytes, long TimeNs, LinkType Link)> frames)
    {
        var feed = FeedFile.Load(Pcaps.PathOf("cme-v8.feed.json"));
        feed = feed with { Channels = [.. feed.Channels.Select(channel => channel with { Incremental = Of(channel.Incremental, frames) })] };
        using var pipeline = new DirectPipeline<NullListener>(feed, new MemorySource(frames), default).Run();
        List<string> books = [.. pipeline.Instruments.OrderBy(i => i.Id).Select(i => $"{i.Id} {i.LevelState} {i.OrderState} {i.Gaps} {i.LastSequence} {BookText.Of(i)}")];
        Assert.Contains(pipeline.Instruments, i => i.LevelState == BookState.Live);
        Assert.Equal(0, pipeline.Receivers[0].Counters.Gaps);
        return (pipeline.Counters.WrongSource, books);
    }

    /// <summary>The lines with the sources that their first true packets have.</summary>
    private static FeedLines Of(FeedLines lines, List<(byte[] Bytes, long TimeNs, LinkType Link)> frames) => new(Of(lines.A, frames), lines.B is { } b ? Of(b, frames) : null);

    private static LineAddress Of(LineAddress line, List<(byte[] Bytes, long TimeNs, LinkType Link)> frames)
    {
        var sources = frames.Where(frame => IsOf(line, frame))
            .GroupBy(frame => BinaryPrimitives.ReadUInt32BigEndian(frame.Bytes.AsSpan(UdpSourceOffset))).OrderByDescending(group => group.Count());
        return line with { Source = sources.First().Key };
    }

    private static bool IsOf(LineAddress line, (byte[] Bytes, long TimeNs, LinkType Link) frame) =>
        FrameParser.TryParse(frame.Link, frame.Bytes, out var datagram) == FrameError.None && datagram.DestinationAddress == line.Group && datagram.DestinationPort == line.Port;
}
