using FeedHandler.Actors;

namespace FeedHandler.Replay.Bench;

/// <summary>The books of a pipeline on a thread of their own, which never sleeps.</summary>
internal sealed class BooksThread
{
    private const int UpdatesAtOnce = 16_384;

    private readonly ShardConsumer _consumer;
    private readonly Thread _thread;
    private bool _ended;
    private bool _wasUndisturbed;

    public BooksThread(ShardConsumer consumer)
    {
        _consumer = consumer;
        _thread = new Thread(Follow) { IsBackground = true };
    }

    public void Start() => _thread.Start();

    /// <summary>Nothing more will be published: waits until everything is taken.</summary>
    /// <returns>Whether the thread had a processor to itself.</returns>
    public bool Finish()
    {
        Volatile.Write(ref _ended, true);
        _thread.Join();
        return _wasUndisturbed;
    }

    private void Follow()
    {
        var watch = new ProcessorWatch();
        // Where another program has the other processor, this thread must leave its own to the RX thread when there is nothing to do.
        var spin = default(SpinWait);
        while (true)
        {
            var last = Volatile.Read(ref _ended);
            if (_consumer.Drain(UpdatesAtOnce) != 0)
            {
                spin.Reset();
                continue;
            }

            if (last) break;
            spin.SpinOnce(sleep1Threshold: -1);
        }

        _wasUndisturbed = watch.IsUndisturbed;
    }
}
