using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>Sends captures out of DPDK ports that loop to themselves.</summary>
internal static unsafe class RingFeeder
{
    private const int Window = 256;

    public static void Send(DpdkSource source, Func<long> received) => Send([source], [Playback.Capture], received);

    /// <summary>Sends every frame to each port.</summary>
    /// <returns>Frames of the captures.</returns>
    public static long Send(IReadOnlyList<DpdkSource> ports, IReadOnlyList<string> captures, Func<long> received)
    {
        using var capture = CaptureSource.OpenAll(captures);
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

            foreach (var port in ports)
            {
                for (var done = 0; done < count;) done += port.Port.Send(data + done, lengths + done, count - done);
            }

            sent += count;
            Playback.Await(received, sent - Window, ports[0]);
        }

        return sent;
    }
}
