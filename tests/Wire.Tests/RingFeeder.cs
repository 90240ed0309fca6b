using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>Sends the capture out of a DPDK port that loops to itself.</summary>
internal static unsafe class RingFeeder
{
    private const int Window = 256;

    public static void Send(DpdkSource source, Func<long> received)
    {
        using var capture = CaptureSource.OpenAll([Playback.Capture]);
        var frames = new Frame[BatchSender.Batch];
        var data = stackalloc void*[BatchSender.Batch];
        var lengths = stackalloc int[BatchSender.Batch];
        long sent = 0;
        while (!capture.IsEnded)
        {
            var count = capture.Poll(frames);
            for (var i = 0; i < count; i++)
            {
                data[i] = frames[i].Data;
                lengths[i] = frames[i].Length;
            }

            for (var done = 0; done < count;) done += source.Port.Send(data + done, lengths + done, count - done);
            sent += count;
            Playback.Await(received, sent - Window, source);
        }
    }
}
