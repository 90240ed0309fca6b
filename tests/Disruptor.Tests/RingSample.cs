using Disruptor;
using Disruptor.Dsl;

namespace FeedHandler.Samples;

/// <summary>An event. It lives in its slot of the ring.</summary>
internal record struct Fill(long Price, long Quantity);

/// <summary>Adds quantities up, on a thread of its own.</summary>
internal sealed class VolumeHandler : IValueEventHandler<Fill>
{
    public long Volume { get; private set; }

    public void OnEvent(ref Fill data, long sequence, bool endOfBatch) => Volume += data.Quantity;
}

/// <summary>Says what went wrong. Because it returns, the handler goes on with the next event.</summary>
internal sealed class FaultPrinter(TextWriter output) : IValueExceptionHandler<Fill>
{
    public void HandleEventException(Exception ex, long sequence, ref Fill evt) => output.WriteLine($"event {sequence}: {ex}");

    public void HandleOnTimeoutException(Exception ex, long sequence) => output.WriteLine(ex);

    public void HandleOnStartException(Exception ex) => output.WriteLine(ex);

    public void HandleOnShutdownException(Exception ex) => output.WriteLine(ex);
}

/// <summary>Sends a hundred events to a handler and prints what it made of them.</summary>
internal static class RingSample
{
    public static void Run(TextWriter output)
    {
        var handler = new VolumeHandler();
        var disruptor = new ValueDisruptor<Fill>(() => default, 1024, TaskScheduler.Default, ProducerType.Single, new BlockingWaitStrategy());
        disruptor.HandleEventsWith(handler);
        disruptor.SetDefaultExceptionHandler(new FaultPrinter(output));
        var ring = disruptor.Start();

        for (var quantity = 1; quantity <= 100; quantity++)
        {
            using var scope = ring.PublishEvent();
            scope.Event() = new Fill(10_050, quantity);
        }

        disruptor.Shutdown();
        output.WriteLine($"{handler.Volume} in {disruptor.Cursor + 1} events");
    }
}
