using System.Runtime.InteropServices;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>Writes an event as messages into the packets of the incremental feed.</summary>
internal sealed class EventWriter(CmeEncoder encoder, PacketBuilder packets, PublishedState published, short channelId, ulong weekStartNs)
{
    private readonly MessagePlan _plan = new(encoder);

    /// <param name="match">The event.</param>
    /// <param name="random">Decides where an event is spread over packets though it would fit into one.</param>
    /// <param name="splitChance">How often that happens, for each message after the first.</param>
    public void Write(MatchEvent match, SeededRandom random, double splitChance)
    {
        _plan.Make(match);
        ReadOnlySpan<PlannedMessage> messages = _plan.Messages;
        for (int i = 0; i < messages.Length; i++)
        {
            if (i > 0 && random.Chance(splitChance)) packets.Flush();
            PlannedMessage message = messages[i];
            bool lastOfEvent = i + 1 == messages.Length;
            bool lastOfKind = lastOfEvent || Mark(messages[i + 1].Kind) != Mark(message.Kind);
            MatchEventIndicator indicator = (lastOfKind ? Mark(message.Kind) : MatchEventIndicator.None)
                | (lastOfEvent ? MatchEventIndicator.EndOfEvent : MatchEventIndicator.None)
                | (match.IsRecovery ? MatchEventIndicator.Recovery : MatchEventIndicator.None);
            Write(match, message, indicator);
        }
    }

    private static MatchEventIndicator Mark(MessageKind kind) => kind switch
    {
        MessageKind.Trades => MatchEventIndicator.LastTrade,
        MessageKind.Volumes => MatchEventIndicator.LastVolume,
        MessageKind.Orders or MessageKind.Levels => MatchEventIndicator.LastQuote,
        MessageKind.Statistics => MatchEventIndicator.LastStatistic,
        MessageKind.Implied => MatchEventIndicator.LastImplied,
        _ => MatchEventIndicator.None,
    };

    private void Write(MatchEvent match, in PlannedMessage message, MatchEventIndicator indicator)
    {
        ulong timeNs = match.TransactTimeNs;
        switch (message.Kind)
        {
            case MessageKind.ChannelReset:
                encoder.WriteChannelReset(packets.BeginMessage(CmeEncoder.ChannelResetBytes), timeNs, indicator, channelId);
                published.Reset();
                break;
            case MessageKind.BookReset:
                encoder.WriteBookReset(packets.BeginMessage(CmeEncoder.BookBytes(1, 0)), timeNs, indicator, match.ResetBook!, match.ResetRptSeq);
                published.Reset(match.ResetBook!);
                break;
            case MessageKind.Status:
                encoder.WriteStatus(packets.BeginMessage(CmeEncoder.StatusBytes), timeNs, indicator, match.Statuses[message.From]);
                break;
            case MessageKind.QuoteRequest:
                encoder.WriteQuoteRequest(packets.BeginMessage(CmeEncoder.QuoteRequestBytes), timeNs, indicator, match.QuoteRequest!.Instrument, match.QuoteQuantity);
                break;
            case MessageKind.Definition:
                InstrumentBook book = match.Definitions[message.From];
                encoder.WriteDefinition(packets.BeginMessage(encoder.DefinitionBytes(book.Instrument)), book, instrumentsInLoop: 1, channelId, weekStartNs, indicator);
                break;
            case MessageKind.Workup:
                encoder.WriteWorkup(packets.BeginMessage(CmeEncoder.WorkupBytes), timeNs, indicator, match.Workup!);
                break;
            case MessageKind.TopOrders:
                encoder.WriteTopOrders(packets.BeginMessage(CmeEncoder.TopOrdersBytes(match.TopOrders!)), timeNs, indicator, match.TopOrders!);
                break;
            case MessageKind.Collateral:
                encoder.WriteCollateral(packets.BeginMessage(CmeEncoder.CollateralBytes), timeNs, indicator);
                break;
            case MessageKind.DailyStatistics:
                encoder.WriteDailyStatistics(packets.BeginMessage(CmeEncoder.ReferenceBytes(message.Count)), timeNs, indicator, Entries(match.DailyStatistics, message));
                break;
            case MessageKind.Settlements:
                encoder.WriteSettlements(packets.BeginMessage(CmeEncoder.ReferenceBytes(message.Count)), timeNs, indicator, Entries(match.Settlements, message));
                break;
            case MessageKind.Limits:
                encoder.WriteLimits(packets.BeginMessage(CmeEncoder.ReferenceBytes(message.Count)), timeNs, indicator, Entries(match.Limits, message));
                break;
            case MessageKind.Trades:
                encoder.WriteTrades(packets.BeginMessage(encoder.TradeBytes(message.Count, message.Orders)), timeNs, indicator, Entries(match.Trades, message), CollectionsMarshal.AsSpan(match.TradeOrders)[message.FromOrder..message.ToOrder]);
                published.Apply(Entries(match.Trades, message));
                break;
            case MessageKind.Volumes:
                encoder.WriteVolumes(packets.BeginMessage(encoder.VolumeBytes(message.Count)), timeNs, indicator, Entries(match.Volumes, message));
                break;
            case MessageKind.Orders:
                encoder.WriteOrderBook(packets.BeginMessage(CmeEncoder.OrderBookBytes(message.Count)), timeNs, indicator, Entries(match.OrderChanges, message));
                break;
            case MessageKind.Levels:
                encoder.WriteBook(packets.BeginMessage(CmeEncoder.BookBytes(message.Count, message.Orders)), timeNs, indicator, Entries(match.Levels, message), implied: false, CollectionsMarshal.AsSpan(match.OrderChanges)[message.FromOrder..message.ToOrder], message.From);
                published.Apply(Entries(match.Levels, message));
                break;
            case MessageKind.Statistics:
                encoder.WriteStatistics(packets.BeginMessage(encoder.StatisticsBytes(message.Count)), timeNs, indicator, Entries(match.Statistics, message));
                break;
            default: // implied, or the trailer: a book message without entries
                encoder.WriteBook(packets.BeginMessage(CmeEncoder.BookBytes(message.Count, 0)), timeNs, indicator, Entries(match.Implied, message), implied: true, [], message.From);
                break;
        }
    }

    private static ReadOnlySpan<T> Entries<T>(List<T> list, in PlannedMessage message) => CollectionsMarshal.AsSpan(list)[message.From..message.To];
}
