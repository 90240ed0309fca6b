using System.Diagnostics;
using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>What one wire costs and carries.</summary>
/// <param name="Name">The wire.</param>
/// <param name="CountNs">CPU time to take a packet off a full queue, and count it: best round.</param>
/// <param name="SlotNs">CPU time from the burst to the published ring slot, for a packet with one update: best round.</param>
/// <param name="SlotMedianNs">The same: median round.</param>
/// <param name="EmptyPollNs">CPU time of a poll that finds nothing.</param>
internal sealed record WireCost(string Name, double CountNs, double SlotNs, double SlotMedianNs, double EmptyPollNs)
{
    /// <summary>Packets a second that a sender at full speed got through, while it ran; 0 where there was none.</summary>
    public double FlowRate { get; init; }

    /// <summary>Part of those that were lost.</summary>
    public double FlowLoss { get; init; }

    /// <summary>What the source itself says it lost.</summary>
    public long FlowDropped { get; init; }
}

/// <summary>Puts packets into a source's queue while nobody reads it.</summary>
internal delegate void Fill(int packets);

/// <summary>Measures a source on the calling thread, in CPU time of the thread: what else the machine does is not in it.</summary>
internal static class WireMeasurement
{
    // As many packets for every queue, so that the compiler has seen as much of each.
    private const int MeasuredPackets = 500_000, Bursts = 32;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    // The block ring hands over its last block after its time-out; the kernel may deliver on another CPU.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(3);

    /// <param name="name">For the table.</param>
    /// <param name="source">The source; stays the caller's.</param>
    /// <param name="fill">How its queue is filled.</param>
    /// <param name="takeBack">Has the numbers of so many packets come again: those that were only counted.</param>
    /// <param name="packets">Packets that the queue holds.</param>
    /// <param name="settles">Whether packets take time to arrive.</param>
    public static WireCost Measure(string name, IFrameSource source, Fill fill, Action<int> takeBack, int packets, bool settles)
    {
        using var quiet = new ManualResetEventSlim();
        var frames = new Frame[Bursts];
        var pipeline = new Pipeline(source);
        var count = new List<double>();
        var slot = new List<double>();
        var rounds = MeasuredPackets / packets;
        var start = Stopwatch.GetTimestamp();
        for (var round = -rounds; round < rounds; round++)
        {
            // The compiler looks for hot code ten times a second, and twice at each method.
            if (round == -1 && Stopwatch.GetElapsedTime(start) < WarmUp) round--;
            fill(packets);
            if (settles) quiet.Wait(Settle);
            var countNs = Timed(packets, () => Drain(source, frames));
            takeBack(packets);
            fill(packets);
            if (settles) quiet.Wait(Settle);
            var slotNs = Timed(packets, () => Drain(pipeline));
            pipeline.Consume();
            if (round < 0) continue;
            if (countNs is { } counted) count.Add(counted);
            if (slotNs is { } published) slot.Add(published);
        }

        slot.Sort();
        return new WireCost(name, count.DefaultIfEmpty(double.NaN).Min(), slot.FirstOrDefault(double.NaN), slot.Count == 0 ? double.NaN : slot[slot.Count / 2], EmptyPoll(source, frames));
    }

    /// <summary>A sender at full speed on a thread of its own, for a while.</summary>
    public static WireCost Flow(WireCost cost, IFrameSource source, BatchSender sender, OneUpdatePackets packets, TimeSpan duration) => Flow(cost, source, () =>
    {
        var before = sender.Packets;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < duration) Send(sender, packets, OneUpdatePackets.Count);
        return sender.Packets - before;
    });

    /// <param name="cost">What is known already.</param>
    /// <param name="source">The source; stays the caller's.</param>
    /// <param name="send">Sends at full speed for a while, on another thread; gives the number of packets.</param>
    public static WireCost Flow(WireCost cost, IFrameSource source, Func<long> send)
    {
        var pipeline = new Pipeline(source);
        var droppedBefore = source.Dropped;
        long sent = 0;
        var isDone = false;
        var thread = new Thread(() =>
        {
            sent = send();
            Volatile.Write(ref isDone, true);
        });
        thread.Start();
        long received = 0;
        var started = Stopwatch.GetTimestamp();
        while (!Volatile.Read(ref isDone))
        {
            received += pipeline.Poll();
            pipeline.Consume();
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        thread.Join();
        var rate = received / elapsed.TotalSeconds;

        // What is still in the queue did arrive.
        var last = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(last) < TimeSpan.FromMilliseconds(20))
        {
            var more = pipeline.Poll();
            pipeline.Consume();
            received += more;
            if (more != 0) last = Stopwatch.GetTimestamp();
        }

        return cost with { FlowRate = rate, FlowLoss = 1 - ((double)pipeline.Used / Math.Max(1, sent)), FlowDropped = source.Dropped - droppedBefore };
    }

    /// <summary>Packets that are received and counted, without decoding, while a sender is at full speed: the best second, as of testpmd.</summary>
    public static double CountedFlow(IFrameSource source, int seconds)
    {
        var frames = new Frame[Bursts];
        var best = 0.0;
        for (var second = 0; second < seconds; second++)
        {
            var started = Stopwatch.GetTimestamp();
            long received = 0;
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < 1)
            {
                for (var poll = 0; poll < Bursts; poll++) received += source.Poll(frames);
            }

            best = Math.Max(best, received / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return best;
    }

    public static void Send(BatchSender sender, OneUpdatePackets packets, int count)
    {
        foreach (ref readonly var frame in packets.Next(count)) sender.Add(frame, packets.Datagram, (packets.Datagram.DestinationAddress, packets.Datagram.DestinationPort));
        sender.Flush();
    }

    /// <summary>Nanoseconds a packet of a source that never runs dry.</summary>
    public static double Endless(IFrameSource source, long packets)
    {
        const int Parts = 20;
        var frames = new Frame[Bursts];
        var best = double.MaxValue;
        for (var part = 0; part < Parts; part++)
        {
            var before = CpuClock.NowNs();
            var received = DrainAtLeast(source, frames, packets / Parts);
            best = Math.Min(best, (CpuClock.NowNs() - before) / (double)received);
        }

        return best;
    }

    private static double? Timed(int packets, Func<int> drain)
    {
        var before = CpuClock.NowNs();
        var taken = drain();
        var elapsed = CpuClock.NowNs() - before;

        // A round that lost packets, or into which those of another came, says nothing.
        return taken == packets ? elapsed / (double)packets : null;
    }

    private static int Drain(IFrameSource source, Frame[] frames)
    {
        var taken = 0;
        for (var count = source.Poll(frames); count != 0; count = source.Poll(frames)) taken += count;
        return taken;
    }

    private static int Drain(Pipeline pipeline)
    {
        var taken = 0;
        for (var count = pipeline.Poll(); count != 0; count = pipeline.Poll()) taken += count;
        return taken;
    }

    private static long DrainAtLeast(IFrameSource source, Frame[] frames, long packets)
    {
        long taken = 0;
        while (taken < packets) taken += source.Poll(frames);
        return taken;
    }

    private static double EmptyPoll(IFrameSource source, Frame[] frames)
    {
        const int Polls = 20_000;
        var best = double.MaxValue;
        for (var part = 0; part < 5; part++)
        {
            var before = CpuClock.NowNs();
            for (var i = 0; i < Polls; i++) source.Poll(frames);
            best = Math.Min(best, (CpuClock.NowNs() - before) / (double)Polls);
        }

        return best;
    }
}
