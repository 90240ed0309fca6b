using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Price levels, and the instrument's own sequence (CME RptSeq) that proves them.</content>
public sealed partial class BookShard<TListener>
{
    [HotPath]
    private void OnLevel(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        instrument.HasLevels = true;
        if (!IsInSequence(channel, instrument, update)) return;
        ApplyLevel(channel, instrument, update);
    }

    /// <summary>
    /// Follows the instrument's sequence: every update that carries one comes through here, whatever it says. Decides the
    /// state, buffers what recovery needs.
    /// </summary>
    /// <returns>Whether the update is new (a snapshot did not include it already).</returns>
    [HotPath]
    private bool IsInSequence(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        if (update.InstrumentSequence == instrument.LastSequence + 1 && instrument.Levels.IsPlain)
        {
            instrument.LastSequence = update.InstrumentSequence;
            return true;
        }

        return update.InstrumentSequence == 0 || FollowSequence(channel, instrument, update);
    }

    [HotPath]
    private void ApplyLevel(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        var book = update.Kind == UpdateKind.Level ? instrument.Outright : instrument.Implied ?? AddImplied(instrument);
        var strict = instrument.Levels.State == BookState.Live || instrument.Levels.Suspect;
        if (update.Level > book.Depth && instrument.Definition is null) book.SetDepth(update.Level);
        var level = new PriceLevel { Price = update.Price, Quantity = update.Quantity, Orders = update.OrderCount };
        var result = book.Apply(update.Action, update.Side, update.Level, level, strict);
        if (result != BookResult.Ok)
        {
            OnLevelContradiction(channel, instrument, update);
            return;
        }

        MarkChanged(channel, instrument, update.TransactTimeNs);
        _listener.OnBookUpdate(instrument, update);
        if (!strict && IsNatural) RefreshNaturally(channel, instrument);
    }

    /// <summary>Everything but the normal case: first update, suspicion after a gap, a jump, a step back, healing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FollowSequence(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        ref var levels = ref instrument.Levels;
        var sequence = update.InstrumentSequence;
        var follows = sequence == instrument.LastSequence + 1;

        // A snapshot ran ahead of the incremental feed: the book has all of its packets, whatever their sequence says (a
        // reset may lie between).
        if (levels.HasAsOf)
        {
            if (!Before(levels.AsOfPacket, update.PacketSequence)) return false;
            levels.HasAsOf = false;
        }

        if (levels.Suspect || levels.SequenceOpen)
        {
            var isFirst = levels.SequenceOpen;
            levels.SequenceOpen = false;
            var excludesReset = (!channel.Resets.IsOpen && !levels.IsImageOlder) || ResetProof.IsBeyond(levels.SuspectSequence, levels.LostPackets);
            if (levels.Suspect && follows && (channel.IsPacketBroken || excludesReset || !IsNatural))
            {
                instrument.LastSequence = sequence;
                if (channel.IsPacketBroken) return true;
                // Where nothing else can heal the book, the venue's rule holds as it stands: a sequence that goes on is a proof.
                if (excludesReset || !channel.Options.HasLevelSnapshots) ProveLevels(channel, instrument, update.TransactTimeNs);
                else Buffer(channel, instrument, update);
                return true;
            }

            if (levels.Suspect) LoseLevels(channel, instrument, isFirst ? channel.CompleteFrom : update.PacketSequence + 1, StateReason.InstrumentGap);
        }
        else if (!follows && (instrument.LastSequence != 0 || levels.State >= BookState.NaturallyRefreshed))
        {
            // Something before this update is missing, perhaps in this very packet: only a later snapshot can help.
            Counters.InstrumentGaps++;
            LoseLevels(channel, instrument, update.PacketSequence + 1, StateReason.InstrumentGap);
        }

        instrument.LastSequence = sequence;
        if (levels.State == BookState.Recovering && !IsNatural) Buffer(channel, instrument, update);
        return true;
    }

    /// <summary>Keeps an update for the snapshot that heals its book.</summary>
    private void Buffer(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        var before = channel.Buffer.Overwritten;
        channel.Buffer.Append(instrument, update);
        Counters.BufferOverwritten += channel.Buffer.Overwritten - before;
    }

    /// <summary>Updates were lost: the content is unknown until a snapshot that includes every packet before <paramref name="requiredFrom"/>.</summary>
    private void LoseLevels(ShardChannel channel, Instrument instrument, uint requiredFrom, StateReason reason)
    {
        ref var levels = ref instrument.Levels;
        levels.Suspect = levels.AwaitsDefinition = levels.IsImageOlder = false;
        levels.RequiredFrom = requiredFrom;
        if (levels.HasAsOf)
        {
            // It was ahead of the feed: the updates up to there are needed now, and the next one may have any number.
            levels.HasAsOf = false;
            instrument.LastSequence = 0;
        }

        if (!levels.LostUpdates) instrument.Gaps++;
        levels.LostUpdates = true;
        if (instrument.Orders is null || instrument.OrderRecovery.State == BookState.Live) channel.Buffer.Drop(instrument);
        instrument.Outright.Clear();
        instrument.Implied?.Clear();
        SetState(instrument, BookType.ByPrice, Down(channel, BookType.ByPrice), reason);
        _listener.OnBookReplaced(instrument, BookType.ByPrice, reason);
    }

    /// <summary>After a gap, the sequence of any shard's instrument may tell that no reset was in it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Testify(ShardChannel channel, in MarketUpdate update)
    {
        // What follows the unreadable part of a packet has its own gap to answer for.
        if (channel.IsPacketBroken || (update.Flags & UpdateFlags.Snapshot) != 0) return;
        if (channel.Resets.Testify(update.Instrument, update.InstrumentSequence)) OnResetsExcluded(channel, update.TransactTimeNs);
    }

    /// <summary>No reset hides in the gap: every instrument whose sequence has gone on since lost nothing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnResetsExcluded(ShardChannel channel, ulong timeNs)
    {
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel == channel.Index && instrument.Levels is { Suspect: true, SequenceOpen: false, IsImageOlder: false }) ProveLevels(channel, instrument, timeNs);
        }
    }

    private void ProveLevels(ShardChannel channel, Instrument instrument, ulong timeNs)
    {
        instrument.Levels.Suspect = false;
        if (instrument.OrderRecovery.State != BookState.Recovering || instrument.Orders is null) channel.Buffer.Drop(instrument);
        SetState(instrument, BookType.ByPrice, instrument.Levels.BeforeGap, StateReason.SequenceProven);
        MarkChanged(channel, instrument, timeNs);
    }

    /// <summary>A gap may hide a change of the instrument: its next sequence number will tell.</summary>
    private void SuspectLevels(ShardChannel channel, Instrument instrument, uint lostPackets, StateReason reason)
    {
        ref var levels = ref instrument.Levels;
        levels.RequiredFrom = channel.CompleteFrom;
        levels.LostPackets = levels.Suspect ? (uint)Math.Min((ulong)levels.LostPackets + lostPackets, uint.MaxValue) : lostPackets;
        levels.SequenceOpen = true;
        if (levels.Suspect) return;
        if (levels.State < BookState.NaturallyRefreshed)
        {
            levels.AwaitsDefinition = false;
            instrument.Outright.Clear();
            instrument.Implied?.Clear();
            _listener.OnBookReplaced(instrument, BookType.ByPrice, reason);
            return;
        }

        levels.BeforeGap = levels.State;
        levels.SuspectSequence = instrument.LastSequence;
        levels.Suspect = true;
        SetState(instrument, BookType.ByPrice, Down(channel, BookType.ByPrice), reason);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnLevelContradiction(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        Counters.Contradictions++;
        LoseLevels(channel, instrument, update.PacketSequence + 1, StateReason.Contradiction);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RefreshNaturally(ShardChannel channel, Instrument instrument)
    {
        if (!LacksDefinition(channel, instrument) && instrument.Levels is { State: BookState.Recovering, Suspect: false } && instrument.Outright.IsContiguous)
            SetState(instrument, BookType.ByPrice, BookState.NaturallyRefreshed, StateReason.NaturalRefresh);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MbpBook AddImplied(Instrument instrument) =>
        instrument.Implied = new MbpBook(ImpliedDepth(instrument));

    private static int ImpliedDepth(Instrument instrument) =>
        instrument.Definition is { ImpliedDepth: > 0 } definition ? definition.ImpliedDepth : DefaultImpliedDepth;

    /// <summary>CME's implied books are two deep.</summary>
    private const int DefaultImpliedDepth = 2;
}
