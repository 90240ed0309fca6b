using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>A fault to come: what happens at the n-th book update of a shard.</summary>
internal sealed class Fault(long atUpdate, Action happens)
{
    private long _updates;

    /// <summary>Whether it has happened.</summary>
    public bool Happened { get; private set; }

    public void OnBookUpdate()
    {
        if (++_updates != atUpdate) return;
        Happened = true;
        happens();
    }
}

/// <summary>A subscriber's listener with a fault in it.</summary>
internal readonly struct FaultyListener(Fault? fault) : IShardListener
{
    public bool WantsPackets => false;

    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) => fault?.OnBookUpdate();

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

    public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

    public void OnFlush(in MarketUpdate last) { }
}
