using System.Diagnostics;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>The bundled capture, sent to a live run, and what its books must be.</summary>
internal static class Playback
{
    /// <summary>Packets on the wire before the receiver must have them: less than the smallest ring of any source.</summary>
    private const int Window = 256;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly Lazy<FeedResults> Replayed = new(Replay);

    public static string Capture { get; } = Path.Combine(FindPcaps(), "demo.pcap");

    /// <summary>A slow machine must not make a gap of a late line.</summary>
    public static FeedDefinition Feed { get; } = Patient(FeedFile.Load(Path.Combine(FindPcaps(), "demo.feed.json")));

    public static long Packets => Replayed.Value.Channels.Sum(channel => channel.Lines.Sum(line => line.Packets));

    public static string Digest => BooksDigest.Compute(Replayed.Value);

    /// <summary>Runs the pipeline on a source while something sends to it.</summary>
    /// <param name="source">Opened already; it is disposed.</param>
    /// <param name="send">Sends the whole capture; told how many packets the run has received.</param>
    /// <param name="inspect">Looks at the source after the last packet, before it is closed.</param>
    public static async Task<FeedResults> Run(IFrameSource source, Action<Func<long>> send, Action? inspect = null)
    {
        using var run = FeedRun.Create(new FeedRunOptions { Feed = Feed }, source, static _ => default(NullListener));
        run.Begin();
        send(() => run.GetStatus().Packets);
        Await(() => run.GetStatus().Packets, Packets, source);
        run.Stop();
        var results = await run.Completion.WaitAsync(Deadline);
        Assert.Equal(Packets, run.GetStatus().Packets);
        inspect?.Invoke();
        return results;
    }

    public static FeedDefinition Patient(FeedDefinition feed) =>
        feed with { Channels = [.. feed.Channels.Select(channel => channel with { ReorderTimeoutMs = 10_000 })] };

    /// <summary>Sends the capture with a window: nothing is lost however slow the machine is.</summary>
    public static void Send(BatchSender sender, Func<long> received, IFrameSource to) => Send(sender, [Capture], received, to);

    /// <summary>Sends captures, merged by time.</summary>
    /// <returns>Packets sent.</returns>
    public static long Send(BatchSender sender, IReadOnlyList<string> captures, Func<long> received, IFrameSource to)
    {
        using var capture = CaptureSource.OpenAll(captures);
        var frames = new Frame[BatchSender.Batch];
        while (!capture.IsEnded)
        {
            var count = capture.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, count)) Add(sender, frame);
            sender.Flush();
            Await(received, sender.Packets - Window, to);
        }

        return sender.Packets;
    }

    /// <summary>Waits until so many packets were received.</summary>
    public static void Await(Func<long> received, long wanted, IFrameSource source)
    {
        var watch = Stopwatch.StartNew();
        var spin = default(SpinWait);
        while (received() < wanted)
        {
            Assert.True(watch.Elapsed < Deadline, $"{received()} of {wanted} packets came through {source.Name}, which says it lost {source.Dropped}");
            spin.SpinOnce();
        }
    }

    /// <summary>Takes what is left in the source, up to a poll that finds nothing.</summary>
    public static void Empty(IFrameSource source)
    {
        var frames = new Frame[BatchSender.Batch];
        for (var polls = 0; source.Poll(frames) > 0; polls++) Assert.True(polls < Window, $"{source.Name} never runs empty");
    }

    private static FeedResults Replay()
    {
        using var run = new FeedEngine().Start(new FeedRunOptions { Feed = Feed, Captures = [Capture] });
        return run.Completion.GetAwaiter().GetResult();
    }

    private static unsafe void Add(BatchSender sender, in Frame frame)
    {
        Assert.Equal(FrameError.None, FrameParser.TryParse(frame.Link, new ReadOnlySpan<byte>(frame.Data, frame.Length), out var datagram));
        sender.Add(frame, datagram, (datagram.DestinationAddress, datagram.DestinationPort));
    }

    private static string FindPcaps()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "pcaps", "demo.books.csv"))) return Path.Combine(folder.FullName, "pcaps");
        }

        throw new DirectoryNotFoundException("pcaps/demo.pcap is not above the tests");
    }
}
