using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>The short cut of price levels: nearly every one follows the last of its instrument, whose book is right.</content>
/// <remarks>What is not like that is left as it was, for the long way; both come to the same.</remarks>
public sealed partial class BookShard<TListener>
{
    /// <returns>False where the update must go the long way: no book was changed, nobody was told.</returns>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TakePlainLevel(in MarketUpdate update)
    {
        if ((update.Kind != UpdateKind.Level & update.Kind != UpdateKind.ImpliedLevel) | (update.Flags & UpdateFlags.Snapshot) != 0) return false;
        var channel = _channels[update.Channel];
        if (!channel.Started || channel.Resets.IsOpen) return false;
        var index = _instruments.IndexOf(update.Channel, update.Instrument);
        if (index < 0) return false;
        var instrument = _instruments.At(index);
        ref var hot = ref instrument.Hot;
        if (update.InstrumentSequence != hot.LastSequence + 1 | !instrument.Levels.IsPlain) return false;
        var book = update.Kind == UpdateKind.Level ? instrument.Outright : instrument.Implied;
        if (book is null || !book.TryApplyPlain(update)) return false;

        Counters.Updates++;
        if (channel.PacketSequence != update.PacketSequence) OnNewPacket(channel, update);
        instrument.HasLevels = true;
        hot.LastSequence = update.InstrumentSequence;
        MarkChanged(channel, instrument, update.TransactTimeNs);
        _listener.OnBookUpdate(instrument, update);
        if ((update.Flags & (UpdateFlags.EndOfEvent | UpdateFlags.EndOfPacket)) != 0) OnBoundary(channel, update);
        return true;
    }
}
