using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Market by order: no sequence of its own, so a gap of the channel concerns every instrument.</content>
public sealed partial class BookShard<TListener>
{
    [HotPath]
    private void OnOrder(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        var book = instrument.Orders ?? AddOrders(channel, instrument);
        instrument.LastOrderPacket = update.PacketSequence;
        ref var recovery = ref instrument.OrderRecovery;
        if (recovery.State != BookState.Live || recovery.HasAsOf)
        {
            if (!FollowOrders(channel, instrument, update)) return;
        }

        var strict = recovery.State == BookState.Live;
        var result = Apply(book, update, strict);
        if (result != BookResult.Ok)
        {
            OnOrderFault(channel, instrument, update, result);
            return;
        }

        MarkChanged(channel, instrument, update.TransactTimeNs);
        _listener.OnBookUpdate(instrument, update);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MboBook AddOrders(ShardChannel channel, Instrument instrument)
    {
        instrument.LevelsFromOrders = channel.Options.NumbersMessages;
        return instrument.Orders = new MboBook(_orders, (uint)instrument.Index, channel.Orders);
    }

    [HotPath]
    private static BookResult Apply(MboBook book, in MarketUpdate update, bool strict) => update.Kind switch
    {
        UpdateKind.Order => book.Apply(update, strict),
        UpdateKind.OrderReduced => book.Reduce(update, strict),
        _ => book.Replace(update, strict),
    };

    private static bool IsOrder(UpdateKind kind) => kind is UpdateKind.Order or UpdateKind.OrderReduced or UpdateKind.OrderReplaced;

    /// <summary>An execution is a trade, too: told once and in every state. What is not printable does not count.</summary>
    [HotPath]
    private static void CountExecution(Instrument instrument, in MarketUpdate update)
    {
        // A cancellation has no match number; a venue's matches are numbered from 1.
        if (update.Priority == 0 || (update.Flags & UpdateFlags.NonPrintable) != 0) return;
        instrument.Trades++;
        instrument.TradeVolume += update.Quantity;
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
            recovery.State = Down(channel, BookType.ByOrder);
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
        if (result == BookResult.Contradiction && instrument.LevelsFromOrders && !channel.Options.HasOrderSnapshots)
        {
            // Nothing can bring this book back: what is left of it is worth more than nothing, and its state says what it is.
            DistrustOrders(instrument, update);
            return;
        }

        LoseOrders(channel, instrument, update.PacketSequence + 1, result == BookResult.Overflow ? StateReason.Overflow : StateReason.Contradiction);
    }

    private void DistrustOrders(Instrument instrument, in MarketUpdate update)
    {
        if (instrument.OrderRecovery.State == BookState.Live) instrument.Gaps++;
        instrument.OrderRecovery.LostUpdates = true;
        SetState(instrument, BookType.ByOrder, BookState.Stale, StateReason.Contradiction);
        _ = Apply(instrument.Orders!, update, strict: false);
        _listener.OnBookUpdate(instrument, update);
    }
}
