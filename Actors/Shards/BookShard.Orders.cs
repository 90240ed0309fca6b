using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Market by order: no sequence of its own, so a gap of the channel concerns every instrument.</content>
public sealed partial class BookShard<TListener>
{
    /// <param name="channel">The channel.</param>
    /// <param name="instrument">The instrument.</param>
    /// <param name="update">One of its incremental order updates.</param>
    /// <param name="found">What looking ahead found; default: nothing.</param>
    [HotPath]
    private unsafe void OnOrder(ShardChannel channel, Instrument instrument, in MarketUpdate update, in OrderLookup found)
    {
        if (instrument.Hot.Book == null) AddOrders(channel, instrument);
        var book = new MboCore(_orders, instrument.Hot.Book);
        if (instrument.LevelsFromOrders) instrument.LastSequence = update.PacketSequence;
        if (update.Kind == UpdateKind.OrderReduced) CountExecution(instrument.Record, update);
        instrument.LastOrderPacket = update.PacketSequence;
        ref var recovery = ref instrument.OrderRecovery;
        if (recovery.State != BookState.Live || recovery.HasAsOf)
        {
            if (!FollowOrders(channel, instrument, update)) return;
        }

        var strict = recovery.State == BookState.Live;
        var result = book.Apply(update, found, strict);
        if (result != BookResult.Ok)
        {
            OnOrderFault(channel, instrument, update, result);
            return;
        }

        // Where each message is an event of its own, no list of what changed is kept.
        var isWholeEvent = (update.Flags & UpdateFlags.EndOfEvent) != 0 && channel.ChangedInEvent.Count == 0;
        if (isWholeEvent) MarkChangedInPacket(channel, instrument, update.TransactTimeNs);
        else MarkChanged(channel, instrument, update.TransactTimeNs);
        _listener.OnBookUpdate(instrument, update);
        if (isWholeEvent) _listener.OnEndOfEvent(instrument, update);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe MboBook AddOrders(ShardChannel channel, Instrument instrument)
    {
        var book = instrument.SetOrders(
            new MboBook(_orders, (uint)instrument.Index, channel.Orders, channel.IsDense, instrument.Records, &instrument.Record->Book),
            levelsFromOrders: channel.Options.NumbersMessages);
        if (channel.IsDense) channel.NoteDense(instrument);
        return book;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsOrder(UpdateKind kind) => kind is UpdateKind.Order or UpdateKind.OrderReduced or UpdateKind.OrderReplaced;

    /// <summary>An execution is a trade, too: told once and in every state. What is not printable does not count.</summary>
    [HotPath]
    private static unsafe void CountExecution(InstrumentRecord* instrument, in MarketUpdate update)
    {
        // A cancellation has no match number; a venue's matches are numbered from 1.
        if (update.Priority == 0 || (update.Flags & UpdateFlags.NonPrintable) != 0) return;
        instrument->Trades++;
        instrument->TradeVolume += update.Quantity;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FollowOrders(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        ref var recovery = ref instrument.OrderRecovery;
        if (recovery.HasAsOf)
        {
            if (!Before(recovery.AsOfPacket, update.PacketSequence)) return false;
            recovery.HasAsOf = false;
        }

        if (recovery.State == BookState.Recovering)
        {
            if (IsNatural) SetState(instrument, BookType.ByOrder, BookState.NaturallyRefreshed, StateReason.NaturalRefresh);
            else Buffer(channel, instrument, update);
        }

        return true;
    }

    /// <summary>Updates of the order book were lost.</summary>
    private void LoseOrders(ShardChannel channel, Instrument instrument, uint requiredFrom, StateReason reason)
    {
        ref var recovery = ref instrument.OrderRecovery;
        recovery.RequiredFrom = requiredFrom;
        recovery.HasAsOf = recovery.Suspect = false;
        if (instrument.Orders is null)
        {
            // What was lost may be its first orders.
            SetState(instrument, BookType.ByOrder, Down(channel, BookType.ByOrder), reason);
            return;
        }

        if (recovery.State == BookState.Live)
        {
            recovery.LostUpdates = true;
            if (!instrument.HasLevels) instrument.Gaps++;
        }

        instrument.Orders.Clear();
        SetState(instrument, BookType.ByOrder, Down(channel, BookType.ByOrder), reason);
        _listener.OnBookReplaced(instrument, BookType.ByOrder, reason);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnOrderFault(ShardChannel channel, Instrument instrument, in MarketUpdate update, BookResult result)
    {
        if (result == BookResult.Overflow) Counters.OrderOverflows++;
        else Counters.Contradictions++;
        if (Down(channel, BookType.ByOrder) == BookState.Stale) AskForImage(channel, result);
        if (result == BookResult.Contradiction && instrument.LevelsFromOrders && Down(channel, BookType.ByOrder) == BookState.Stale)
        {
            // Nothing can bring this book back: what is left of it is worth more than nothing, and its state says what it is.
            DistrustOrders(channel, instrument, update);
            return;
        }

        LoseOrders(channel, instrument, update.PacketSequence + 1, result == BookResult.Overflow ? StateReason.Overflow : StateReason.Contradiction);
    }

    private void DistrustOrders(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        if (instrument.OrderRecovery.State == BookState.Live) instrument.Gaps++;
        instrument.OrderRecovery.LostUpdates = true;
        SetState(instrument, BookType.ByOrder, BookState.Stale, StateReason.Contradiction);
        _ = instrument.Orders!.Apply(update, strict: false);
        MarkChanged(channel, instrument, update.TransactTimeNs);
        _listener.OnBookUpdate(instrument, update);
    }
}
