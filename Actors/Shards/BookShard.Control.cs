using System.Runtime.CompilerServices;
using System.Text;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>What concerns a whole channel, and what does not change a book.</content>
public sealed partial class BookShard<TListener>
{
    [HotPath]
    private void OnNewPacket(ShardChannel channel, in MarketUpdate update)
    {
        if (channel.PacketEnded || !channel.Options.NumbersMessages) channel.FirstSequence = update.PacketSequence;
        channel.PacketEnded = false;
        channel.PacketSequence = update.PacketSequence;
        channel.IsPacketBroken = false;
        if (!channel.Started && update.Kind is not (UpdateKind.Clock or UpdateKind.Silence)) Start(channel, update);
    }

    /// <summary>The first incremental packet: from here on nothing is missing; snapshots that came earlier are judged now.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Start(ShardChannel channel, in MarketUpdate update)
    {
        var first = update.Kind == UpdateKind.Gap ? (uint)update.Priority : update.PacketSequence;
        if (_options.JoinsInMidPacket && update.Kind != UpdateKind.Gap) first++;
        channel.Started = true;
        channel.CompleteFrom = first;
        channel.FromStart = channel.JoinedAtStart = first == 1 && !_options.JoinsInMidPacket;
        // The RX core does not know that the books were lost with their shard.
        if (_options.JoinsInMidPacket && !IsNatural) channel.Options.Images?.Ask();
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            ref var levels = ref instrument.Levels;
            levels.RequiredFrom = first;
            instrument.OrderRecovery.RequiredFrom = first;
            if (channel.FromStart)
            {
                EmptyLevels(channel, instrument, StateReason.SessionStart);
                EmptyOrders(channel, instrument, StateReason.SessionStart);
                continue;
            }

            if (levels.Suspect && levels.AsOfPacket + 1 == first)
            {
                levels.Suspect = false;
                FinishLevels(channel, instrument);
                MarkChanged(channel, instrument, instrument.LastTransactTimeNs);
            }
            else if (levels.Suspect && Before(levels.AsOfPacket, first))
            {
                levels.IsImageOlder = levels.SequenceOpen = true;
                levels.SuspectSequence = instrument.LastSequence;
                levels.LostPackets = first - levels.AsOfPacket - 1;
            }
            else if (levels.Suspect)
            {
                // It cannot include what was not sent yet: the image is of the session before.
                LoseLevels(channel, instrument, first, StateReason.Joined);
            }

            ref var orders = ref instrument.OrderRecovery;
            if (!orders.Suspect) continue;
            orders.Suspect = false;
            if (orders.AsOfPacket + 1 != first) LoseOrders(channel, instrument, first, StateReason.Joined);
            else FinishOrders(channel, instrument);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnChannelUpdate(ShardChannel channel, in MarketUpdate update)
    {
        switch (update.Kind)
        {
            case UpdateKind.Gap:
                channel.IsPacketBroken = (GapReason)update.Code == GapReason.Malformed;
                OnGap(channel, (uint)update.OrderId, (uint)update.Priority, wasAskedFor: update.Level != 0);
                break;
            case UpdateKind.SnapshotBegin:
                OnImageBegin(channel);
                return;
            case UpdateKind.SnapshotEnd:
                OnImageEnd(channel, update);
                return;
            case UpdateKind.ChannelReset:
                Counters.ChannelResets++;
                OnReset(channel, update.PacketSequence, StateReason.Reset);
                break;
            case UpdateKind.SessionStart:
                OnSessionStart(channel, update.PacketSequence);
                break;
            case UpdateKind.Silence:
                OnSilence(channel, update);
                break;
            case UpdateKind.Status:
                channel.GroupStatus = update;
                break;
            case UpdateKind.DefinitionText when (DefinitionTextPart)update.Code == DefinitionTextPart.StatusGroup:
                OnGroupStatus(channel, update);
                break;
            default:
                break;
        }

        _listener.OnInformation(null, update);
    }

    /// <summary>A status of a group, or of a product where no group is named, is one of each of its instruments.</summary>
    private void OnGroupStatus(ShardChannel channel, MarketUpdate name)
    {
        var group = InstrumentDefinition.Trim(name.Text[20..26]);
        var asset = InstrumentDefinition.Trim(name.Text[26..32]);
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index || instrument.Definition is not { } definition) continue;
            if (group.IsEmpty ? asset.IsEmpty || !Ascii.Equals(asset, definition.Asset) : !Ascii.Equals(group, definition.Group)) continue;
            var status = channel.GroupStatus with { Instrument = instrument.Id, Flags = UpdateFlags.None };
            SetStatus(instrument, status);
            _listener.OnInformation(instrument, status);
        }
    }

    private static void SetStatus(Instrument instrument, in MarketUpdate update)
    {
        // An image numbers its own messages.
        if ((update.Flags & UpdateFlags.Snapshot) == 0) instrument.StatusPacketSequence = update.PacketSequence;
        if (update.Code != Instrument.NoStatusChange) instrument.TradingStatus = update.Code;
    }

    /// <summary>Packets were lost on every line. At once, no book of the channel is known to be right.</summary>
    private void OnGap(ShardChannel channel, uint from, uint to, bool wasAskedFor)
    {
        // Who still waits for a snapshot has no use for the reason why nothing else came.
        var ofLevels = wasAskedFor && Down(channel, BookType.ByPrice) == BookState.Stale ? StateReason.RequestGivenUp : StateReason.Gap;
        var ofOrders = wasAskedFor && Down(channel, BookType.ByOrder) == BookState.Stale ? StateReason.RequestGivenUp : StateReason.Gap;
        channel.FromStart = false;
        channel.CompleteFrom = to;
        // Sequences of instruments are what could exclude a reset; where messages are numbered there are none.
        if (!channel.Options.NumbersMessages) channel.Resets.OnGap(to - from);
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            if (!Includes(instrument.Levels, to - 1)) SuspectLevels(channel, instrument, to - from, ofLevels);
            if (!Includes(instrument.OrderRecovery, to - 1)) LoseOrders(channel, instrument, to, ofOrders);
        }
    }

    private void OnReset(ShardChannel channel, uint packet, StateReason reason)
    {
        channel.FromStart = !channel.IsPacketBroken;
        channel.CompleteFrom = packet + 1;
        if (!channel.IsPacketBroken) channel.Resets.Close();
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            if (!Includes(instrument.Levels, packet)) EmptyLevels(channel, instrument, reason);
            if (!Includes(instrument.OrderRecovery, packet)) EmptyOrders(channel, instrument, reason);
        }
    }

    /// <param name="channel">The channel.</param>
    /// <param name="first">First packet of the new sequence that is there; 0 where only the next packet will tell.</param>
    private void OnSessionStart(ShardChannel channel, uint first)
    {
        channel.JoinedAtStart = first == 1;
        channel.ImageIsUnderWay = false;
        channel.Resets.Close();
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            channel.Buffer.Drop(instrument);
            instrument.Staging = null;
            instrument.Levels.HasAsOf = instrument.OrderRecovery.HasAsOf = false;
            instrument.LastSequence = 0;
            if (first == 1) continue;
            LoseLevels(channel, instrument, first, StateReason.SessionStart);
            LoseOrders(channel, instrument, first, StateReason.SessionStart);
        }

        if (first == 1)
        {
            OnReset(channel, 0, StateReason.SessionStart);
            return;
        }

        channel.FromStart = false;
        channel.CompleteFrom = first;
        channel.Started = first != 0;
    }

    /// <summary>
    /// The channel fell silent, or is heard again. The books stay as they are, and heal as they would; but while nothing
    /// vouches for the present, none of them says that it is right.
    /// </summary>
    private void OnSilence(ShardChannel channel, in MarketUpdate update)
    {
        var isSilent = update.Code != 0;
        if (channel.IsSilent == isSilent) return;
        channel.IsSilent = isSilent;
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            if (isSilent) instrument.Levels.ReasonInSilence = instrument.OrderRecovery.ReasonInSilence = StateReason.SequenceProven;

            // Both books before the event ends: its end tells the states of both.
            var isTold = TellSilence(channel, instrument, BookType.ByPrice, instrument.Levels);
            isTold |= TellSilence(channel, instrument, BookType.ByOrder, instrument.OrderRecovery);
            if (isSilent || !isTold) continue;
            if (channel.InsideEvent)
            {
                MarkChanged(channel, instrument, instrument.LastTransactTimeNs);
                continue;
            }

            // An image that came meanwhile has shown nobody its best prices.
            MarkChangedInPacket(channel, instrument, instrument.LastTransactTimeNs);
            _listener.OnEndOfEvent(instrument, update);
        }
    }

    private bool TellSilence(ShardChannel channel, Instrument instrument, BookType book, in RecoveryState recovery)
    {
        if (recovery.State < BookState.NaturallyRefreshed) return false;
        if (channel.IsSilent) _listener.OnStateChanged(instrument, book, recovery.State, StateReason.Silence);
        else _listener.OnStateChanged(instrument, book, BookState.Stale, recovery.ReasonInSilence);
        return true;
    }

    /// <summary>Whatever the channel was told of silence holds for the shard that takes the place of one that failed.</summary>
    internal void TakeOverSilence(BookShard<TListener> failed)
    {
        for (var i = 0; i < _channels.Length; i++) _channels[i].IsSilent = failed._channels[i].IsSilent;
    }

    /// <summary>The venue says that the book is empty now: that is a right book.</summary>
    private void EmptyLevels(ShardChannel channel, Instrument instrument, StateReason reason)
    {
        if (channel.IsPacketBroken)
        {
            LoseLevels(channel, instrument, channel.PacketSequence + 1, reason);
            instrument.LastSequence = 0;
            return;
        }

        channel.Buffer.Drop(instrument);
        instrument.Outright.Clear();
        instrument.Implied?.Clear();
        instrument.LastSequence = 0;
        instrument.Levels = new RecoveryState
        {
            State = instrument.Levels.State,
            RequiredFrom = channel.CompleteFrom,
            AwaitsDefinition = LacksDefinition(channel, instrument),
        };
        SetState(instrument, BookType.ByPrice, LacksDefinition(channel, instrument) ? Down(channel, BookType.ByPrice) : BookState.Live, reason);
        MarkChanged(channel, instrument, instrument.LastTransactTimeNs);
        _listener.OnBookReplaced(instrument, BookType.ByPrice, reason);
    }

    private void EmptyOrders(ShardChannel channel, Instrument instrument, StateReason reason)
    {
        if (channel.IsPacketBroken)
        {
            LoseOrders(channel, instrument, channel.PacketSequence + 1, reason);
            return;
        }

        instrument.Staging = null;
        instrument.OrderRecovery = new RecoveryState { State = instrument.OrderRecovery.State, RequiredFrom = channel.CompleteFrom };
        if (instrument.Orders is not null)
        {
            instrument.LastOrderPacket = channel.PacketSequence;
            instrument.Orders.Clear();
        }

        SetState(instrument, BookType.ByOrder, BookState.Live, reason);
        if (instrument.Orders is not null) _listener.OnBookReplaced(instrument, BookType.ByOrder, reason);
    }

    /// <summary>Whether a snapshot that ran ahead of the incremental feed includes a packet.</summary>
    private static bool Includes(in RecoveryState recovery, uint packet) => recovery.HasAsOf && !Before(recovery.AsOfPacket, packet);

    /// <summary>Updates of an instrument that do not change a book by themselves.</summary>
    private void OnOther(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        if (channel.ImageIsUnderWay && IsOvertaken(instrument, update)) return;
        switch (update.Kind)
        {
            case UpdateKind.SnapshotBegin:
                OnSnapshotBegin(channel, instrument, update);
                return;
            case UpdateKind.SnapshotEnd:
                OnSnapshotEnd(channel, instrument, update);
                return;
            case UpdateKind.InstrumentReset:
                OnInstrumentReset(channel, instrument, update);
                break;
            case UpdateKind.Definition:
                Define(channel, instrument, update);
                break;
            case UpdateKind.DefinitionText:
            case UpdateKind.DefinitionLeg:
                Describe(instrument, update);
                break;
            case UpdateKind.Status:
                SetStatus(instrument, update);
                break;
            default:
                // Who follows a Live book was told what its snapshots say again and again.
                if ((update.Flags & UpdateFlags.Snapshot) == 0)
                {
                    if (update.InstrumentSequence != 0) _ = IsInSequence(channel, instrument, update);
                }
                else if (instrument.Levels.State == BookState.Live)
                {
                    return;
                }

                break;
        }

        _listener.OnInformation(instrument, update);
    }

    /// <summary>A book reset in the middle of a message: the books are empty and right, the sequence goes on.</summary>
    /// <remarks>Each type of book has its own snapshots, and only one of them may have run ahead of the reset.</remarks>
    private void OnInstrumentReset(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        if (IsInSequence(channel, instrument, update))
        {
            EmptyLevels(channel, instrument, StateReason.Reset);
            instrument.LastSequence = update.InstrumentSequence;
        }

        if (!Includes(instrument.OrderRecovery, update.PacketSequence)) EmptyOrders(channel, instrument, StateReason.Reset);
    }

    /// <summary>Definitions come round again and again: only what is new makes a new record.</summary>
    private void Define(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        instrument.LegsSeen = 0;
        var known = instrument.Definition;
        var definition = (known ?? new InstrumentDefinition()).With(update);
        if (ReferenceEquals(definition, known)) return;
        instrument.Definition = definition;
        var contradicts = (update.Level != 0 && update.Level != instrument.Outright.Depth && instrument.Outright.LevelsTotal != 0)
            || (update.Code != 0 && instrument.Implied is { } implied && update.Code != implied.Depth && implied.LevelsTotal != 0);
        // Kept with another depth, the book may have lost levels, or have some that fell off the venue's end.
        if (contradicts && (IsNatural || instrument.Levels.State >= BookState.NaturallyRefreshed || instrument.Levels.Suspect || instrument.Levels.AwaitsDefinition)) LoseLevels(channel, instrument, channel.PacketSequence + 1, StateReason.Contradiction);
        if (update.Level != 0) instrument.Outright.SetDepth(update.Level);
        if (update.Code != 0) instrument.Implied?.SetDepth(update.Code);
        if (instrument.Levels.AwaitsDefinition) FinishLevels(channel, instrument);
    }

    private static void Describe(Instrument instrument, in MarketUpdate update)
    {
        if (instrument.Definition is not { } definition) return;
        instrument.Definition = update.Kind == UpdateKind.DefinitionLeg
            ? definition.WithLeg(instrument.LegsSeen++, update)
            : definition.WithText(instrument.LegsSeen, update);
    }
}
