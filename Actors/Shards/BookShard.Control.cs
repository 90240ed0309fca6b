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
        if (!channel.Started && update.Kind != UpdateKind.Clock) Start(channel, update);
    }

    /// <summary>The first incremental packet: from here on nothing is missing; snapshots that came earlier are judged now.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Start(ShardChannel channel, in MarketUpdate update)
    {
        var first = update.Kind == UpdateKind.Gap ? (uint)update.Priority : update.PacketSequence;
        channel.Started = true;
        channel.CompleteFrom = first;
        channel.FromStart = channel.JoinedAtStart = first == 1;
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            ref var levels = ref instrument.Levels;
            levels.RequiredFrom = first;
            instrument.OrderRecovery.RequiredFrom = first;
            if (channel.FromStart)
            {
                Empty(channel, instrument, StateReason.SessionStart);
                continue;
            }

            if (levels.Suspect && !Before(levels.AsOfPacket + 1, first))
            {
                levels.Suspect = false;
                FinishLevels(channel, instrument);
            }

            ref var orders = ref instrument.OrderRecovery;
            if (!orders.Suspect) continue;
            orders.Suspect = false;
            if (Before(orders.AsOfPacket + 1, first)) LoseOrders(channel, instrument, first, StateReason.Joined);
            else FinishOrders(channel, instrument);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnChannelUpdate(ShardChannel channel, in MarketUpdate update)
    {
        switch (update.Kind)
        {
            case UpdateKind.Gap:
                OnGap(channel, (uint)update.Priority);
                break;
            case UpdateKind.ChannelReset:
                Counters.ChannelResets++;
                OnReset(channel, update.PacketSequence, StateReason.Reset);
                break;
            case UpdateKind.SessionStart:
                OnSessionStart(channel, update.PacketSequence);
                break;
            default:
                break;
        }

        _listener.OnInformation(null, update);
    }

    /// <summary>Packets before <paramref name="to"/> were lost on every line. At once, no book of the channel is known to be right.</summary>
    private void OnGap(ShardChannel channel, uint to)
    {
        channel.FromStart = false;
        channel.CompleteFrom = to;
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            if (!Includes(instrument.Levels, to - 1)) SuspectLevels(channel, instrument, StateReason.Gap);
            if (!Includes(instrument.OrderRecovery, to - 1)) LoseOrders(channel, instrument, to, StateReason.Gap);
        }
    }

    private void OnReset(ShardChannel channel, uint packet, StateReason reason)
    {
        channel.FromStart = true;
        channel.CompleteFrom = packet + 1;
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            if (!Includes(instrument.Levels, packet)) EmptyLevels(channel, instrument, reason);
            if (!Includes(instrument.OrderRecovery, packet)) EmptyOrders(channel, instrument, reason);
        }
    }

    private void OnSessionStart(ShardChannel channel, uint first)
    {
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            channel.Buffer.Drop(instrument);
            instrument.Staging = null;
            instrument.Levels.HasAsOf = false;
            LoseLevels(channel, instrument, first, StateReason.SessionStart);
            LoseOrders(channel, instrument, first, StateReason.SessionStart);
            instrument.LastSequence = 0;
        }

        if (first == 1)
        {
            OnReset(channel, 0, StateReason.SessionStart);
            return;
        }

        channel.FromStart = false;
        channel.CompleteFrom = first;
    }

    /// <summary>The venue says that every book of the instrument is empty now: those are right books.</summary>
    private void Empty(ShardChannel channel, Instrument instrument, StateReason reason)
    {
        EmptyLevels(channel, instrument, reason);
        EmptyOrders(channel, instrument, reason);
    }

    private void EmptyLevels(ShardChannel channel, Instrument instrument, StateReason reason)
    {
        channel.Buffer.Drop(instrument);
        instrument.Outright.Clear();
        instrument.Implied?.Clear();
        instrument.LastSequence = 0;
        instrument.Levels = new RecoveryState { State = instrument.LevelState, RequiredFrom = channel.CompleteFrom };
        SetState(instrument, BookType.ByPrice, BookState.Live, reason);
        MarkChanged(channel, instrument, default);
        _listener.OnBookReplaced(instrument, BookType.ByPrice, reason);
    }

    private void EmptyOrders(ShardChannel channel, Instrument instrument, StateReason reason)
    {
        instrument.Staging = null;
        instrument.OrderRecovery = new RecoveryState { State = instrument.OrderState, RequiredFrom = channel.CompleteFrom };
        if (instrument.Orders is null)
        {
            instrument.OrderRecovery.State = BookState.Live;
            return;
        }

        instrument.Orders.Clear();
        SetState(instrument, BookType.ByOrder, BookState.Live, reason);
        _listener.OnBookReplaced(instrument, BookType.ByOrder, reason);
    }

    /// <summary>Whether a snapshot that ran ahead of the incremental feed includes a packet.</summary>
    private static bool Includes(in RecoveryState recovery, uint packet) => recovery.HasAsOf && !Before(recovery.AsOfPacket, packet);

    /// <summary>Updates of an instrument that do not change a book by themselves.</summary>
    private void OnOther(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        switch (update.Kind)
        {
            case UpdateKind.SnapshotBegin:
                OnSnapshotBegin(channel, instrument, update);
                return;
            case UpdateKind.SnapshotEnd:
                OnSnapshotEnd(channel, instrument, update);
                return;
            case UpdateKind.InstrumentReset:
                if (!IsInSequence(channel, instrument, update)) return;
                OnInstrumentReset(channel, instrument, update);
                break;
            case UpdateKind.Definition:
                Define(instrument, update);
                break;
            case UpdateKind.DefinitionText:
                Describe(instrument, update);
                break;
            case UpdateKind.Status:
                instrument.TradingStatus = update.Code;
                break;
            default:
                if (update.InstrumentSequence != 0 && (update.Flags & UpdateFlags.Snapshot) == 0) _ = IsInSequence(channel, instrument, update);
                break;
        }

        _listener.OnInformation(instrument, update);
    }

    /// <summary>A book reset in the middle of a message: the books are empty and right, the sequence goes on.</summary>
    private void OnInstrumentReset(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        var sequence = update.InstrumentSequence;
        var required = channel.CompleteFrom;
        Empty(channel, instrument, StateReason.Reset);
        instrument.LastSequence = sequence;
        instrument.Levels.RequiredFrom = instrument.OrderRecovery.RequiredFrom = required;
    }

    private static void Define(Instrument instrument, in MarketUpdate update)
    {
        var depth = update.Level;
        var definition = (instrument.Definition ?? new InstrumentDefinition()) with
        {
            TickSize = update.Price,
            DisplayFactor = update.Quantity,
            Depth = depth,
            ImpliedDepth = update.Code,
        };
        if (definition == instrument.Definition) return;
        instrument.Definition = definition;
        if (depth != 0) instrument.Outright.SetDepth(depth);
        if (update.Code != 0) instrument.Implied?.SetDepth(update.Code);
    }

    private static void Describe(Instrument instrument, in MarketUpdate update)
    {
        if ((DefinitionTextPart)update.Code != DefinitionTextPart.Symbol || instrument.Definition is not { } definition) return;
        var copy = update;
        ReadOnlySpan<byte> text = copy.Text;
        instrument.Definition = definition with { Symbol = Ascii(text[..20]), Group = Ascii(text[20..26]), Asset = Ascii(text[26..32]) };
    }

    private static string Ascii(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? text : text[..end]).TrimEnd();
    }
}
