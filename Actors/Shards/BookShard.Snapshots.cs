using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Healing: an image is staged whole, checked, and taken over together with the buffered updates after it.</content>
public sealed partial class BookShard<TListener>
{
    /// <summary>How far an image may be ahead of the incremental feed; the arbiter does not believe longer jumps either.</summary>
    private const int MaxImageLeadPackets = 10_000;

    // One staging book for each depth, so that instruments of different depths take turns without allocating.
    private readonly MbpBook?[] _stagedOutrights = new MbpBook?[MbpBook.MaxDepth + 1];
    private readonly MbpBook?[] _stagedImplieds = new MbpBook?[MbpBook.MaxDepth + 1];
    private MbpBook _stagedOutright = new(10);
    private MbpBook _stagedImplied = new(DefaultImpliedDepth);
    private Instrument? _staging;
    private MarketUpdate _stagedBegin;
    private int _stagedEntries;
    private bool _stagedImage;

    /// <summary>An image starts; it is staged only for a book that needs it.</summary>
    private void OnSnapshotBegin(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        if (_staging is not null) OnTornImage(_staging);
        _staging = null;
        _stagesAudit = false;
        _stagedBegin = update;
        _stagedEntries = 0;
        _stagedImage = true;
        if (update.Level != 0 && update.Level != instrument.TradingStatus) TakeStatus(instrument, update);
        if (IsNatural && !IsAudited(instrument, (SnapshotBook)update.Code)) return;
        if ((SnapshotBook)update.Code == SnapshotBook.Levels)
        {
            instrument.HasLevels = true;
            if (instrument.Levels.State == BookState.Live && !BeginAudit(channel, instrument, update)) return;
            if (instrument.Levels.AwaitsDefinition) return;
            _stagedOutright = StagingOf(_stagedOutrights, instrument.Outright.Depth);
            _stagedImplied = StagingOf(_stagedImplieds, instrument.Implied?.Depth ?? ImpliedDepth(instrument));
        }
        else
        {
            if (instrument.Orders is null) AddOrders(channel, instrument);
            if (instrument.OrderRecovery.State == BookState.Live)
            {
                if (!BeginAudit(channel, instrument, update)) return;
            }
            else
            {
                var staging = instrument.Staging ??= new OrderStaging();
                if (!staging.Begin((uint)update.OrderId, (uint)update.Price, (uint)update.Quantity, MaxChunks)) return;
            }
        }

        _staging = instrument;
    }

    /// <summary>Where books refresh themselves an image heals none of them, but it still tells whether a book that says Live is right.</summary>
    private bool IsAudited(Instrument instrument, SnapshotBook book) =>
        Audit is not null && (book == SnapshotBook.Levels ? instrument.Levels.State : instrument.Orders is null ? BookState.Stale : instrument.OrderRecovery.State) == BookState.Live;

    /// <summary>A snapshot tells another trading status: the message that changed it was lost, or came before we did.</summary>
    private void TakeStatus(Instrument instrument, in MarketUpdate begin)
    {
        if (instrument.TradingStatus != 0 && Before((uint)begin.OrderId, instrument.StatusPacketSequence)) return;
        instrument.TradingStatus = begin.Level;
        instrument.StatusPacketSequence = (uint)begin.OrderId;
        var status = begin with { Kind = UpdateKind.Status, Code = begin.Level, PacketSequence = (uint)begin.OrderId, Level = 0, Price = 0, Quantity = 0, OrderId = 0, InstrumentSequence = 0 };
        _listener.OnInformation(instrument, status);
    }

    /// <summary>Chunks of one order image at most; CME's largest books need a few hundred.</summary>
    private const uint MaxChunks = 65_536;

    /// <summary>An image began and never ended: its orders must not count as a chunk that is there.</summary>
    private void OnTornImage(Instrument instrument)
    {
        Counters.SnapshotsRejected++;
        if ((SnapshotBook)_stagedBegin.Code == SnapshotBook.Orders) (_stagesAudit ? _auditedOrders : instrument.Staging)?.Clear();
    }

    private static MbpBook StagingOf(MbpBook?[] books, int depth)
    {
        var book = books[depth] ??= new MbpBook(depth);
        book.SetDepth(depth);
        book.Clear();
        return book;
    }

    private void StageLevel(in MarketUpdate update)
    {
        _stagedEntries++;
        if (_staging is null || !_stagedImage) return;
        var book = update.Kind == UpdateKind.Level ? _stagedOutright : _stagedImplied;
        if (update.Level > book.Depth && _staging.Definition is null) book.SetDepth(update.Level);
        var level = new PriceLevel { Price = update.Price, Quantity = update.Quantity, Orders = update.OrderCount };
        if (book.Apply(BookAction.Overlay, update.Side, update.Level, level, strict: false) != BookResult.Ok) _stagedImage = false;
    }

    private void StageOrder(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        if (channel.ImageIsUnderWay)
        {
            StageImageOrder(channel, instrument, update);
            return;
        }

        _stagedEntries++;
        if (_staging is null) return;
        if ((_stagesAudit ? _auditedOrders : _staging.Staging)?.TryAdd(update, _options.MaxStagedOrders) == false) _stagedImage = false;
    }

    private void OnSnapshotEnd(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        var staging = _staging;
        _staging = null;
        if (staging != instrument) return;
        var whole = _stagedImage && update.Quantity == _stagedEntries;
        if ((SnapshotBook)_stagedBegin.Code == SnapshotBook.Levels) OnLevelImage(channel, instrument, whole);
        else if (_stagesAudit) AuditOrderChunk(channel, instrument, whole);
        else OnOrderChunk(channel, instrument, whole);
    }

    private void OnLevelImage(ShardChannel channel, Instrument instrument, bool whole)
    {
        ref var levels = ref instrument.Levels;
        var lastPacket = (uint)_stagedBegin.OrderId;
        var sequence = _stagedBegin.InstrumentSequence;
        if (!whole || !IsWhole(_stagedOutright) || !IsWhole(_stagedImplied) || IsTooFarAhead(channel, lastPacket))
        {
            Counters.SnapshotsRejected++;
            return;
        }

        if (_stagesAudit)
        {
            AuditLevelImage(channel, instrument);
            return;
        }

        if (channel.Started && Before(lastPacket + 1, levels.RequiredFrom) && !Continues(channel, instrument, lastPacket, sequence))
        {
            Counters.SnapshotsTooOld++;
            return;
        }

        var last = sequence;
        for (var i = instrument.BufferHead; i >= 0;)
        {
            ref readonly var buffered = ref channel.Buffer.Take(ref i);
            if (IsOrder(buffered.Kind) || Before(buffered.PacketSequence, levels.RequiredFrom)) continue;
            // By the packet, too: an image from after a channel reset that is still to come has a low sequence.
            if (!Before(lastPacket, buffered.PacketSequence) || !Before(last, buffered.InstrumentSequence)) continue;
            if (buffered.InstrumentSequence != last + 1 || !Replay(buffered))
            {
                Counters.SnapshotsRejected++;
                return;
            }

            last = buffered.InstrumentSequence;
        }

        if (levels.Suspect && last != instrument.LastSequence)
        {
            levels.LostUpdates = true;
            instrument.Gaps++;
        }

        instrument.Outright.CopyFrom(_stagedOutright);
        if (_stagedImplied.LevelsTotal != 0 || instrument.Implied is not null) (instrument.Implied ?? AddImplied(instrument)).CopyFrom(_stagedImplied);
        instrument.LastSequence = last;
        levels.AsOfPacket = lastPacket;
        levels.HasAsOf = !channel.Started || Before(channel.PacketSequence, lastPacket);
        levels.SequenceOpen = levels.IsImageOlder = false;
        levels.Suspect = !channel.Started;
        levels.BeforeGap = BookState.Live;
        if (channel.Started) FinishLevels(channel, instrument);
        TellReplaced(channel, instrument, BookType.ByPrice, lastPacket);
    }

    /// <summary>An image of what is that far in the future is none: its book would stand still until then.</summary>
    private static bool IsTooFarAhead(ShardChannel channel, uint lastPacket) =>
        channel.Started && (int)(lastPacket - channel.PacketSequence) > MaxImageLeadPackets;

    private void FinishLevels(ShardChannel channel, Instrument instrument)
    {
        instrument.Levels.AwaitsDefinition = LacksDefinition(channel, instrument);
        if (instrument.Levels.AwaitsDefinition) return;
        CountRecovery(instrument, ref instrument.Levels);
        if (instrument.OrderRecovery.State != BookState.Recovering || instrument.Orders is null) channel.Buffer.Drop(instrument);
        SetState(instrument, BookType.ByPrice, BookState.Live, StateReason.Snapshot);
    }

    private void OnOrderChunk(ShardChannel channel, Instrument instrument, bool whole)
    {
        var staging = instrument.Staging!;
        if (!whole || !staging.ChunkHas(_stagedEntries))
        {
            staging.Clear();
            Counters.SnapshotsRejected++;
            return;
        }

        if (!staging.IsComplete) return;
        ref var recovery = ref instrument.OrderRecovery;
        var lastPacket = staging.LastPacket;
        if (IsTooFarAhead(channel, lastPacket))
        {
            staging.Clear();
            Counters.SnapshotsRejected++;
            return;
        }

        if (channel.Started && Before(lastPacket + 1, recovery.RequiredFrom))
        {
            staging.Clear();
            Counters.SnapshotsTooOld++;
            return;
        }

        var result = RebuildOrders(channel, instrument, lastPacket);
        instrument.Staging = null;
        if (result != BookResult.Ok)
        {
            RejectOrders(channel, instrument, result);
            return;
        }

        recovery.AsOfPacket = lastPacket;
        recovery.HasAsOf = !channel.Started || Before(channel.PacketSequence, lastPacket);
        recovery.Suspect = !channel.Started;
        if (channel.Started) FinishOrders(channel, instrument);
        TellReplaced(channel, instrument, BookType.ByOrder, lastPacket);
    }

    /// <summary>The order book becomes the staged image, which may have no orders, and the buffered updates after it.</summary>
    private BookResult RebuildOrders(ShardChannel channel, Instrument instrument, uint lastPacket)
    {
        ref readonly var recovery = ref instrument.OrderRecovery;
        var book = instrument.Orders!;
        book.Clear();
        if (instrument.Staging is { } staging)
        {
            if (staging.IsCut) return BookResult.Overflow;
            foreach (ref readonly var order in staging.Orders)
            {
                // Where ids are the whole channel's, one that another book has is a lie of either.
                if (_orders.Index.Find((uint)instrument.Index, order.Id, channel.IsDense) != 0) return BookResult.Contradiction;
                var added = book.Add(order.Side, order.Price, order.Quantity, order.Id, order.Priority);
                if (added != BookResult.Ok) return added;
            }
        }

        for (var i = instrument.BufferHead; i >= 0;)
        {
            ref readonly var buffered = ref channel.Buffer.Take(ref i);
            if (!IsOrder(buffered.Kind) || Before(buffered.PacketSequence, recovery.RequiredFrom) || !Before(lastPacket, buffered.PacketSequence)) continue;
            var applied = book.Apply(buffered, strict: true);
            if (applied != BookResult.Ok) return applied;
        }

        return BookResult.Ok;
    }

    /// <summary>The order book did not become the image.</summary>
    private void RejectOrders(ShardChannel channel, Instrument instrument, BookResult result)
    {
        Counters.SnapshotsRejected++;
        if (result == BookResult.Overflow) Counters.OrderOverflows++;
        LoseOrders(channel, instrument, channel.PacketSequence + 1, result == BookResult.Overflow ? StateReason.Overflow : StateReason.Contradiction);
    }

    /// <summary>A snapshot is an event of its own, but not in the middle of one: then the book is told with that event.</summary>
    private void TellReplaced(ShardChannel channel, Instrument instrument, BookType book, uint lastPacket)
    {
        var isEvent = channel.Started && !channel.InsideEvent;
        if (isEvent) MarkChangedInPacket(channel, instrument, _stagedBegin.TransactTimeNs);
        else MarkChanged(channel, instrument, _stagedBegin.TransactTimeNs);
        if (!channel.Started || Before(channel.PacketSequence, lastPacket)) instrument.LastPacketSequence = lastPacket;
        _listener.OnBookReplaced(instrument, book, StateReason.Snapshot);
        if (isEvent) _listener.OnEndOfEvent(instrument, _stagedBegin);
    }

    private void FinishOrders(ShardChannel channel, Instrument instrument)
    {
        CountRecovery(instrument, ref instrument.OrderRecovery);
        if (instrument.Levels.State != BookState.Recovering) channel.Buffer.Drop(instrument);
        SetState(instrument, BookType.ByOrder, BookState.Live, StateReason.Snapshot);
    }

    /// <summary>Whether the first update that is known goes on where the image ends: then nothing is missing between them, although the image is old.</summary>
    private static bool Continues(ShardChannel channel, Instrument instrument, uint lastPacket, uint sequence)
    {
        if (!ResetProof.IsBeyond(sequence, instrument.Levels.RequiredFrom - lastPacket - 1)) return false;
        for (var i = instrument.BufferHead; i >= 0;)
        {
            ref readonly var buffered = ref channel.Buffer.Take(ref i);
            if (!IsOrder(buffered.Kind) && !Before(buffered.PacketSequence, instrument.Levels.RequiredFrom)) return buffered.InstrumentSequence == sequence + 1;
        }

        return false;
    }

    /// <summary>Applies a buffered update to the staged image.</summary>
    private bool Replay(in MarketUpdate update)
    {
        if (update.Kind is not (UpdateKind.Level or UpdateKind.ImpliedLevel)) return true;
        var book = update.Kind == UpdateKind.Level ? _stagedOutright : _stagedImplied;
        var level = new PriceLevel { Price = update.Price, Quantity = update.Quantity, Orders = update.OrderCount };
        return book.Apply(update.Action, update.Side, update.Level, level, strict: true) == BookResult.Ok;
    }

    private void CountRecovery(Instrument instrument, ref RecoveryState recovery)
    {
        if (recovery.LostUpdates)
        {
            Counters.Recoveries++;
            Counters.RecoveriesByChannel[instrument.Channel]++;
            instrument.Recoveries++;
        }
        else
        {
            Counters.Joins++;
        }

        recovery.LostUpdates = false;
    }

    private static bool IsWhole(MbpBook book)
    {
        foreach (ref readonly var level in book.Levels(BookSide.Bid))
        {
            if (!level.IsKnown) return false;
        }

        foreach (ref readonly var level in book.Levels(BookSide.Ask))
        {
            if (!level.IsKnown) return false;
        }

        return true;
    }
}
