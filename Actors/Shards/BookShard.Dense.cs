using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Channels that number messages (ITCH): nearly every update changes one order of a book that is right, and is an event of its own.</content>
/// <remarks>
/// Such an update is looked up in steps, while those before it are applied: its book, its place in the index, its order,
/// its order's level. Each step asks for the memory that the next one reads, so that nobody waits for it. All of this is
/// a hint. Whatever is not such an update, or comes while something is open, goes the long way.
/// </remarks>
public sealed partial class BookShard<TListener>
{
    // How many updates before its turn a step is taken: a read beyond the second-level cache takes about as long as two or three updates.
    private const int BookAhead = 24;
    private const int IndexAhead = 18;
    private const int OrderAhead = 11;
    private const int LevelAhead = 5;

    /// <summary>A power of two beyond <see cref="BookAhead"/>, so that an update's lookup is found by its low bits.</summary>
    private const int DenseLookups = 32;

    private readonly NativeArena _lookupMemory = new(DenseLookups * DenseLookup.SizeBytes);

    [HotPath]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe void OnDenseUpdates(ReadOnlySpan<MarketUpdate> updates, long position, ShardChannel channel)
    {
        var lookups = (DenseLookup*)_lookupMemory.Start;
        var count = updates.Length;
        var orders = _orders;
        Counters.Updates += count;
        _position = position;
        fixed (MarketUpdate* first = updates)
        {
            for (var i = 0; i < Math.Min(count, BookAhead); i++) LookUpBook(channel, first + i, lookups + i);
            for (var i = 0; i < Math.Min(count, IndexAhead); i++) lookups[i].AskForPlaces(orders, first + i);
            for (var i = 0; i < Math.Min(count, OrderAhead); i++) lookups[i].AskForOrder(orders);
            for (var i = 0; i < Math.Min(count, LevelAhead); i++) lookups[i].AskForLevel(orders);
            var isPlain = IsPlain(channel);
            for (var i = 0; i < count; i++)
            {
                if (i + BookAhead < count) LookUpBook(channel, first + i + BookAhead, lookups + ((i + BookAhead) & (DenseLookups - 1)));
                if (i + IndexAhead < count) lookups[(i + IndexAhead) & (DenseLookups - 1)].AskForPlaces(orders, first + i + IndexAhead);
                if (i + OrderAhead < count) lookups[(i + OrderAhead) & (DenseLookups - 1)].AskForOrder(orders);
                if (i + LevelAhead < count) lookups[(i + LevelAhead) & (DenseLookups - 1)].AskForLevel(orders);
                _position = position + i;
                if (isPlain && TakePlain(channel, lookups + (i & (DenseLookups - 1)), first + i)) continue;
                Take(first[i], default);
                isPlain = IsPlain(channel);
            }
        }
    }

    /// <summary>Whether the next updates of a channel that is dense go the short way.</summary>
    internal bool IsPlain(ushort channel) => IsPlain(_channels[channel]);

    /// <summary>Whether nothing is open in the channel that an order update would have to look at.</summary>
    private static bool IsPlain(ShardChannel channel) =>
        channel is { Started: true, IsPacketBroken: false, Resets.IsOpen: false, Options.HasLevelSnapshots: false, ChangedInEvent.Count: 0 };

    /// <summary>First step: the instrument, where the update changes an order of its book, or tells a trade, and is an event of its own.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe void LookUpBook(ShardChannel channel, MarketUpdate* update, DenseLookup* lookup)
    {
        var instrument = channel.FindDense(update->Instrument);
        var isEvent = (update->Flags & (UpdateFlags.Snapshot | UpdateFlags.EndOfEvent)) == UpdateFlags.EndOfEvent;
        if (instrument == null || !(IsOrder(update->Kind) | update->Kind == UpdateKind.Trade) || !isEvent || update->Channel != channel.Index || !IsMine(*update)) instrument = _noInstrument;
        lookup->AskForBook(_orders, instrument, update);
    }

    /// <summary>Last step: takes an order update or a trade that is an event of its own.</summary>
    /// <returns>False where its book is not right: nothing was done.</returns>
    [HotPath]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe bool TakePlain(ShardChannel channel, DenseLookup* lookup, MarketUpdate* update)
    {
        var instrument = lookup->Instrument;
        // No instrument has no book, and one that is not right.
        if (instrument->Hot.OrderRecovery.State != BookState.Live | instrument->Hot.OrderRecovery.HasAsOf) return false;
        var sequence = update->PacketSequence;
        var startsPacket = channel.PacketSequence != sequence;
        channel.FirstSequence = startsPacket & channel.PacketEnded ? sequence : channel.FirstSequence;
        channel.PacketSequence = sequence;
        channel.PacketEnded = (channel.PacketEnded & !startsPacket) | (update->Flags & UpdateFlags.EndOfPacket) != 0;
        channel.InsideEvent = false;
        instrument->Hot.LastSequence = sequence;
        if (update->Kind == UpdateKind.Trade)
        {
            TellTrade(_instruments.At(instrument->Hot.Index), *update);
            OnBoundary(channel, *update);
            return true;
        }

        instrument->Hot.LastPacketSequence = sequence;
        instrument->Hot.LastOrderPacket = sequence;
        instrument->Hot.LastTransactTimeNs = update->TransactTimeNs;
        var result = new MboCore(_orders, InstrumentRecord.BookOf(instrument)).ApplyDense(*update, lookup->Order);
        if (update->Kind == UpdateKind.OrderReduced) CountExecution(instrument, *update);
        var told = _instruments.At(instrument->Hot.Index);
        if (result != BookResult.Ok)
        {
            OnOrderFault(channel, told, *update, result);
            OnBoundary(channel, *update);
            return true;
        }

        if (_listener.WantsPackets) MarkChangedInPacket(channel, told, update->TransactTimeNs);
        _listener.OnBookUpdate(told, *update);
        _listener.OnEndOfEvent(told, *update);
        if (_listener.WantsPackets) OnBoundary(channel, *update);
        else _listener.OnFlush(*update);
        return true;
    }
}
