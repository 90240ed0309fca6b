using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>
/// Self-audit: an image of a book that is Live is not needed, but it is the venue's own word on what the book should be.
/// It is compared where both are of the same moment, and the orders are compared with the levels.
/// </content>
/// <remarks>Runs on images only: updates of a Live book pay one store of a packet sequence.</remarks>
public sealed partial class BookShard<TListener>
{
    private const int AuditedOrdersAtStart = 16_384;

    private readonly OrderStaging? _auditedOrders;
    private Instrument? _auditedOrdersOf;
    private bool _stagesAudit;

    /// <summary>What the self-audit came to; null where it is off.</summary>
    public ShardAudit? Audit { get; }

    /// <summary>An image of a Live book begins.</summary>
    /// <returns>Whether it is compared.</returns>
    private bool BeginAudit(ShardChannel channel, Instrument instrument, in MarketUpdate begin)
    {
        if (Audit is null || !channel.Started) return false;
        var isLevels = (SnapshotBook)begin.Code == SnapshotBook.Levels;
        if (isLevels) AuditDerivedLevels(channel, instrument);
        if (isLevels ? !IsSameMoment(channel, instrument, begin) : !IsSameMoment(channel, instrument, (uint)begin.OrderId))
        {
            Audit.NotComparable++;
            return false;
        }

        if (!isLevels)
        {
            if (_auditedOrdersOf != instrument) _auditedOrders!.Clear();
            _auditedOrdersOf = instrument;
            if (!_auditedOrders!.Begin((uint)begin.OrderId, (uint)begin.Price, (uint)begin.Quantity, MaxChunks)) return false;
        }

        _stagesAudit = true;
        return true;
    }

    /// <summary>Levels change with the instrument's sequence only: the image is of this moment when it names the same number, of the same run of numbers.</summary>
    private static bool IsSameMoment(ShardChannel channel, Instrument instrument, in MarketUpdate begin)
    {
        ref readonly var levels = ref instrument.Levels;
        return levels.State == BookState.Live && begin.InstrumentSequence == instrument.LastSequence && IsOfThisRun(channel, levels, (uint)begin.OrderId);
    }

    /// <summary>Orders have no sequence: the image is of this moment when no order changed after its packet.</summary>
    private static bool IsSameMoment(ShardChannel channel, Instrument instrument, uint lastPacket)
    {
        ref readonly var recovery = ref instrument.OrderRecovery;
        return recovery.State == BookState.Live && !Before(lastPacket, instrument.LastOrderPacket) && IsOfThisRun(channel, recovery, lastPacket);
    }

    /// <summary>Neither from before the last reset or gap, nor ahead of what was received.</summary>
    private static bool IsOfThisRun(ShardChannel channel, in RecoveryState recovery, uint lastPacket) =>
        !recovery.HasAsOf && !Before(lastPacket + 1, recovery.RequiredFrom) && !Before(channel.PacketSequence, lastPacket);

    private void AuditLevelImage(ShardChannel channel, Instrument instrument)
    {
        Audit!.LevelImages++;
        if (AreEqual(instrument.Outright, _stagedOutright, withOrders: true) && (instrument.Implied is { } implied ? AreEqual(implied, _stagedImplied, withOrders: false) : _stagedImplied.LevelsTotal == 0)) return;
        Report(channel, instrument, AuditCheck.LevelImage, (uint)_stagedBegin.OrderId, AuditText.Of(instrument.Outright, instrument.Implied), AuditText.Of(_stagedOutright, _stagedImplied));
        DistrustLevels(channel, instrument);
    }

    private void AuditOrderChunk(ShardChannel channel, Instrument instrument, bool whole)
    {
        var staged = _auditedOrders!;
        if (!whole || !staged.ChunkHas(_stagedEntries))
        {
            Counters.SnapshotsRejected++;
            staged.Clear();
            return;
        }

        if (!staged.IsComplete) return;
        // Chunks come in several packets: the book may have moved on since the first.
        if (!IsSameMoment(channel, instrument, staged.LastPacket))
        {
            Audit!.NotComparable++;
        }
        else
        {
            Audit!.OrderImages++;
            if (!HasExactly(instrument, staged.Orders))
            {
                Report(channel, instrument, AuditCheck.OrderImage, staged.LastPacket, AuditText.Of(instrument.Orders!), AuditText.Of(staged.Orders));
                DistrustOrders(channel, instrument);
            }
        }

        staged.Clear();
    }

    /// <summary>Compares the levels that follow from the orders with the price levels, as far as those go.</summary>
    private void AuditDerivedLevels(ShardChannel channel, Instrument instrument)
    {
        if (instrument is not { Levels.State: BookState.Live, OrderRecovery.State: BookState.Live, Orders: { } orders }) return;
        if (channel.InsideEvent || instrument.Levels.HasAsOf || instrument.OrderRecovery.HasAsOf) return;
        Audit!.DerivedLevels++;
        var book = instrument.Outright;
        if (Follows(book, orders, BookSide.Bid) && Follows(book, orders, BookSide.Ask)) return;
        Report(channel, instrument, AuditCheck.DerivedLevels, channel.PacketSequence, AuditText.Of(book, null), AuditText.DerivedOf(orders, book.Depth));
        DistrustLevels(channel, instrument);
        DistrustOrders(channel, instrument);
    }

    private static bool Follows(MbpBook book, MboBook orders, BookSide side)
    {
        var levels = book.Levels(side);
        if (levels.Length != Math.Min(orders.LevelCount(side), book.Depth)) return false;
        for (var i = 0; i < levels.Length; i++)
        {
            var derived = orders.LevelAt(side, i);
            if (levels[i].Price != derived.Price || levels[i].Quantity != derived.Quantity) return false;
            if (levels[i].Orders >= 0 && levels[i].Orders != derived.Orders) return false;
        }

        return true;
    }

    private static bool AreEqual(MbpBook book, MbpBook image, bool withOrders) =>
        AreEqual(book.Levels(BookSide.Bid), image.Levels(BookSide.Bid), withOrders) && AreEqual(book.Levels(BookSide.Ask), image.Levels(BookSide.Ask), withOrders);

    private static bool AreEqual(ReadOnlySpan<PriceLevel> levels, ReadOnlySpan<PriceLevel> image, bool withOrders)
    {
        if (levels.Length != image.Length) return false;
        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i].Price != image[i].Price || levels[i].Quantity != image[i].Quantity || (withOrders && levels[i].Orders != image[i].Orders)) return false;
        }

        return true;
    }

    /// <summary>Equal in number, and each found: equal. The queue follows from price and priority.</summary>
    private unsafe bool HasExactly(Instrument instrument, ReadOnlySpan<OrderStaging.StagedOrder> image)
    {
        if (image.Length != instrument.Orders!.OrderCount) return false;
        foreach (ref readonly var staged in image)
        {
            var handle = _orders.Find((uint)instrument.Index, staged.Id, instrument.Hot.Book->IsDense);
            if (handle == 0) return false;
            ref readonly var order = ref _orders.Order(handle);
            ref readonly var level = ref _orders.Level(order.Level);
            if (order.Quantity != staged.Quantity || order.Priority != staged.Priority || MboCore.PriceOf(level.Key, staged.Side) != staged.Price || MboCore.SideOf(level) != staged.Side) return false;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Report(ShardChannel channel, Instrument instrument, AuditCheck check, uint packet, string book, string reference) =>
        Audit!.Add(new AuditReport(channel.Index, instrument.Id, instrument.Definition?.Symbol ?? "", check, packet, book, reference));

    /// <summary>The book said Live and is wrong: Stale at once, then on the way to the next image.</summary>
    private void DistrustLevels(ShardChannel channel, Instrument instrument)
    {
        SetState(instrument, BookType.ByPrice, BookState.Stale, StateReason.AuditDifference);
        // No update was lost on the way here: it is no gap of the instrument, but it will be a recovery.
        instrument.Levels.LostUpdates = true;
        LoseLevels(channel, instrument, channel.PacketSequence + 1, StateReason.AuditDifference);
    }

    private void DistrustOrders(ShardChannel channel, Instrument instrument)
    {
        SetState(instrument, BookType.ByOrder, BookState.Stale, StateReason.AuditDifference);
        instrument.OrderRecovery.LostUpdates = true;
        LoseOrders(channel, instrument, channel.PacketSequence + 1, StateReason.AuditDifference);
    }
}
