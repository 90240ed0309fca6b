using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Market by order: no sequence of its own, so a gap of the channel concerns every instrument.</content>
public sealed partial class BookShard<TListener>
{
    [HotPath]
    private void OnOrder(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        var book = instrument.Orders ?? AddOrders(instrument);
        ref var recovery = ref instrument.OrderRecovery;
        if (recovery.State != BookState.Live || recovery.HasAsOf)
        {
            if (!FollowOrders(channel, instrument, update)) return;
        }

        var strict = recovery.State == BookState.Live;
        var result = book.Apply(update, strict);
        if (result != BookResult.Ok)
        {
            OnOrderFault(channel, instrument, update, result);
            return;
        }

        MarkChanged(channel, instrument, update.TransactTimeNs);
        _listener.OnBookUpdate(instrument, update);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MboBook AddOrders(Instrument instrument) => instrument.Orders = new MboBook(_orders, (uint)instrument.Index);

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
        LoseOrders(channel, instrument, update.PacketSequence + 1, result == BookResult.Overflow ? StateReason.Overflow : StateReason.Contradiction);
    }
}
