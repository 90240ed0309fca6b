using Disruptor;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Bench;

/// <summary>A handler that knows, once its disruptor is shut down, whether its thread had a processor to itself.</summary>
internal abstract class SpinningHandler : IValueEventHandler<MarketUpdate>, IDisposable
{
    private readonly ManualResetEventSlim _ended = new();
    private ProcessorWatch _watch;
    private bool _undisturbed;

    public abstract void OnEvent(ref MarketUpdate data, long sequence, bool endOfBatch);

    public void OnStart() => _watch = new ProcessorWatch();

    public void OnShutdown()
    {
        _undisturbed = _watch.IsUndisturbed;
        _ended.Set();
    }

    /// <summary>The answer; waits for the thread's end.</summary>
    public bool WasUndisturbed()
    {
        _ended.Wait();
        return _undisturbed;
    }

    public void Dispose() => _ended.Dispose();
}
