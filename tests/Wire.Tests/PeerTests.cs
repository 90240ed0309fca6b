using System.Diagnostics;
using FeedHandler.Codecs;
using FeedHandler.Replay.Bench;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>DPDK's devices between two processes, the other of which is the sender of the benchmark.</summary>
public sealed class PeerTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("peer-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Packets_of_another_process_come_in_order_and_its_buffers_come_back()
    {
        var (_, here, there, _) = TransportBench.Pairs(_folder.FullName).Single(pair => pair.Name == "net_memif");
        using var source = Opened(here, there, out var peer);
        using (peer)
        {
            var frames = new Frame[64];
            TransportBench.Meet(source);
            peer.Fill(200);
            var first = Take(source, frames, 200);
            Assert.Equal(Enumerable.Range(1, 200), first);
            peer.TakeBack(50);
            peer.Fill(100);
            Assert.Equal(Enumerable.Range(151, 100), Take(source, frames, 100));
            Assert.Equal(0, source.Poll(frames));
        }

        source.Dispose();
        Assert.Equal(0, source.Port.LeakedBuffers);
    }

    [Fact]
    public void Peer_whose_device_does_not_open_is_told_of_with_its_words()
    {
        var error = Assert.Throws<TransportException>(() => new DpdkPeerProcess("net_no_such0"));
        Assert.StartsWith("bench: the other process: error: dpdk net_no_such0: plug in", error.Message, StringComparison.Ordinal);
    }

    private static DpdkSource Opened(string here, string there, out DpdkPeerProcess peer)
    {
        peer = new DpdkPeerProcess(there);
        try
        {
            return new DpdkSource([], new DpdkOptions { Device = here, Memory = DpdkMemory.Ordinary });
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    /// <summary>The numbers of the packets that come.</summary>
    private static unsafe List<int> Take(DpdkSource source, Frame[] frames, int wanted)
    {
        var numbers = new List<int>();
        var watch = Stopwatch.StartNew();
        while (numbers.Count < wanted)
        {
            Assert.True(watch.Elapsed < Deadline, $"{numbers.Count} of {wanted} packets came");
            var count = source.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, count))
            {
                Assert.Equal(FrameError.None, FrameParser.TryParse(frame.Link, new ReadOnlySpan<byte>(frame.Data, frame.Length), out var datagram));
                numbers.Add(*(int*)(frame.Data + datagram.PayloadOffset));
            }
        }

        return numbers;
    }
}
