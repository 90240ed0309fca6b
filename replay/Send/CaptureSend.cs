using System.Diagnostics;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Send;

/// <summary>What was sent, and how well it kept to its times.</summary>
/// <param name="Packets">Packets that the kernel took.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Skipped">Frames of the captures that hold no whole UDP datagram.</param>
/// <param name="Elapsed">From the first packet to the last.</param>
/// <param name="LatestBy">Most that a packet was behind its time.</param>
internal sealed record SendResult(long Packets, long Bytes, long Skipped, TimeSpan Elapsed, TimeSpan LatestBy)
{
    public double PacketsPerSecond => Packets / Math.Max(Elapsed.TotalSeconds, 1e-9);

    public double MegabitsPerSecond => Bytes * 8 / 1e6 / Math.Max(Elapsed.TotalSeconds, 1e-9);
}

/// <summary>Sends the packets of captures, each when it is due.</summary>
internal static class CaptureSend
{
    // Sleeping is coarse: the last part of a wait is spent awake.
    private static readonly long AwakeTicks = Stopwatch.Frequency / 500;

    /// <summary>Sends everything; the captures and the sender stay the caller's.</summary>
    public static SendResult Run(ICaptureSource captures, BatchSender sender, AddressMap map, SendPace pace, CancellationToken cancellation)
    {
        var frames = new Frame[BatchSender.Batch];
        long index = 0, skipped = 0, firstNs = 0, latest = 0;
        var started = Stopwatch.GetTimestamp();
        while (!captures.IsEnded)
        {
            var count = captures.Poll(frames);
            for (var i = 0; i < count; i++)
            {
                ref readonly var frame = ref frames[i];
                if (!TryParse(frame, out var datagram))
                {
                    skipped++;
                    continue;
                }

                if (index == 0)
                {
                    firstNs = frame.ReceiveTimeNs;
                    started = Stopwatch.GetTimestamp();
                }

                if (!pace.IsMax)
                {
                    var due = started + pace.DueTicks(index, frame.ReceiveTimeNs - firstNs);
                    latest = Math.Max(latest, WaitUntil(due, sender, cancellation));
                }

                sender.Add(frame, datagram, map.Map(datagram.DestinationAddress, datagram.DestinationPort));
                index++;
            }

            // The frames live until the next poll.
            sender.Flush();
            cancellation.ThrowIfCancellationRequested();
        }

        return new SendResult(sender.Packets, sender.Bytes, skipped, Stopwatch.GetElapsedTime(started), Stopwatch.GetElapsedTime(0, latest));
    }

    private static unsafe bool TryParse(in Frame frame, out UdpDatagram datagram) =>
        FrameParser.TryParse(frame.Link, new ReadOnlySpan<byte>(frame.Data, frame.Length), out datagram) == FrameError.None;

    /// <summary>Waits for a packet's time; what was due before it goes out first.</summary>
    /// <returns>Ticks that the packet is late.</returns>
    private static long WaitUntil(long due, BatchSender sender, CancellationToken cancellation)
    {
        var left = due - Stopwatch.GetTimestamp();
        if (left <= 0) return -left;
        sender.Flush();
        for (; left > 0; left = due - Stopwatch.GetTimestamp())
        {
            if (left > AwakeTicks) cancellation.WaitHandle.WaitOne((int)Math.Min((left - AwakeTicks) * 1000 / Stopwatch.Frequency, 100));
            else Thread.SpinWait(20);
            cancellation.ThrowIfCancellationRequested();
        }

        return 0;
    }
}
