using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>The RX cores of a run: all of them together, and which has a channel.</summary>
internal sealed class RxThreads : IDisposable
{
    private readonly RxThread[] _threads;

    // By channel of the feed: its thread and its receiver.
    private readonly (RxThread Thread, ChannelReceiver Receiver)[] _channels;
    private readonly Action _onEnd;
    private int _running;

    /// <summary>Makes a thread of each core. The cores belong to it from now on.</summary>
    /// <param name="cores">The cores, in the order of their definitions.</param>
    /// <param name="definitions">Which channels they have.</param>
    /// <param name="channels">Number of channels of the feed.</param>
    /// <param name="busyPoll">They never rest.</param>
    /// <param name="stop">Ends them when set; set when one of them ends before its time.</param>
    /// <param name="onEnd">Called when the last of them has ended, on its thread.</param>
    public RxThreads(IReadOnlyList<RxCore> cores, IReadOnlyList<RxCoreDefinition> definitions, int channels, bool busyPoll, ManualResetEventSlim stop, Action onEnd)
    {
        _onEnd = onEnd;
        _threads = new RxThread[cores.Count];
        _channels = new (RxThread, ChannelReceiver)[channels];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new RxThread(cores[i], definitions[i], i, busyPoll, stop, thread => OnEnd(thread, stop));
            for (var n = 0; n < definitions[i].Channels.Count; n++) _channels[definitions[i].Channels[n]] = (_threads[i], cores[i].Receivers[n]);
        }
    }

    /// <summary>The cores.</summary>
    public IReadOnlyList<RxThread> All => _threads;

    /// <summary>The channels' receivers, by channel of the feed.</summary>
    public IEnumerable<ChannelReceiver> Receivers => _channels.Select(channel => channel.Receiver);

    public bool IsReplay => _threads[0].Core.Source.IsReplay;

    /// <summary>Why a capture could not be read to its end.</summary>
    public CaptureException? CutShort => Array.Find(_threads, thread => thread.CutShort is not null)?.CutShort;

    /// <summary>What ended the run before its time: of several cores it names the one.</summary>
    public Exception? Failure
    {
        get
        {
            if (Array.Find(_threads, thread => thread.Failure is not null) is not { Failure: { } failure } failed) return null;
            return _threads.Length == 1 ? failure : new TransportException($"RX core {failed.Number} ({failed.Core.Source.Name})", failure.Message, "", failure);
        }
    }

    public ChannelReceiver ReceiverOf(int channel) => _channels[channel].Receiver;

    /// <summary>The clock that measures a channel's silence, as its core last saw it.</summary>
    public long ClockNsOf(int channel) => _channels[channel].Thread.Core.ClockNs;

    public long Sum(Func<RxCore, long> counter) => _threads.Sum(thread => counter(thread.Core));

    public void Start()
    {
        _running = _threads.Length;
        foreach (var thread in _threads) thread.Start();
    }

    public void Join()
    {
        foreach (var thread in _threads) thread.Join();
    }

    public void Dispose()
    {
        foreach (var thread in _threads) thread.Dispose();
    }

    private void OnEnd(RxThread thread, ManualResetEventSlim stop)
    {
        // Books of a part of the feed are no books of the feed.
        if (thread.Failure is not null || thread.CutShort is not null) stop.Set();
        if (Interlocked.Decrement(ref _running) == 0) _onEnd();
    }
}
