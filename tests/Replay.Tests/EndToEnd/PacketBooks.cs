using FeedHandler.Actors;
using FeedHandler.Codecs;
using Instrument = FeedHandler.Actors.Instrument;

namespace FeedHandler.Replay.Tests.EndToEnd;

/// <summary>Keeps each instrument's books as they are at the end of every packet that changes them.</summary>
internal readonly struct PacketBooks(Dictionary<uint, Dictionary<uint, string>> told) : IShardListener
{
    public bool WantsPackets => true;

    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

    public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position)
    {
        if (!told.TryGetValue(packetSequence, out var books)) told.Add(packetSequence, books = []);
        books[instrument.Id] = BookText.Of(instrument);
    }

    public void OnFlush(in MarketUpdate last) { }
}
