using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>
/// An image of all order books of a channel (ITCH: GLIMPSE), fetched when the feed alone cannot make them right. While it is
/// under way books buffer their updates; its orders are staged, and each book changes from what it was to the image with the
/// buffered updates after it in one step.
/// </content>
/// <remarks>Which image is good enough the RX core decides; a book that needs a younger one is checked here again.</remarks>
public sealed partial class BookShard<TListener>
{
    /// <summary>An image is asked for, for the first time or again.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnImageBegin(ShardChannel channel)
    {
        if (IsNatural) return;
        channel.ImageIsUnderWay = true;
        channel.StagedOrders = 0;
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            instrument.Staging = null;
            instrument.ToldSinceImage = ToldStates.None;
            if (instrument.Orders is null) AddOrders(channel, instrument);
            ref var recovery = ref instrument.OrderRecovery;
            if (recovery.State != BookState.Stale) continue;
            // What it missed until now was not buffered.
            recovery.RequiredFrom = channel.PacketSequence + 1;
            if (!channel.Started) recovery.RequiredFrom = 0;
            SetState(instrument, BookType.ByOrder, BookState.Recovering, StateReason.Joined);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StageImageOrder(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        if (instrument.Orders is null) AddOrders(channel, instrument);
        if (instrument.OrderState != BookState.Recovering) return;
        var staging = instrument.Staging ??= new OrderStaging();
        // An order's place in the image is its place in the queue, and every order in it is older than what the feed adds.
        var order = update with { Priority = (ulong)staging.Count + 1 };
        if (channel.StagedOrders >= (channel.Options.MaxOrders ?? _options.MaxOrders) || !staging.TryAdd(order, _options.MaxStagedOrders)) staging.IsCut = true;
        else channel.StagedOrders++;
    }

    /// <summary>The books of some instruments are taken over, or none can be.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnImageEnd(ShardChannel channel, in MarketUpdate update)
    {
        if (!channel.ImageIsUnderWay) return;
        var step = (ImageStep)update.Code;
        if (step != ImageStep.GivenUp) TakeOver(channel, update);
        if (step == ImageStep.Some) return;
        channel.ImageIsUnderWay = false;
        channel.StagedOrders = 0;
        foreach (var instrument in _instruments.All)
        {
            if (instrument.Channel != channel.Index) continue;
            instrument.Staging = null;
            if (instrument.OrderState != BookState.Recovering) continue;
            channel.Buffer.Drop(instrument);
            SetState(instrument, BookType.ByOrder, Down(channel, BookType.ByOrder), StateReason.ImageGivenUp);
        }
    }

    private void TakeOver(ShardChannel channel, in MarketUpdate end)
    {
        var last = (uint)end.OrderId;
        if (!channel.Started && _options.JoinsInMidPacket)
        {
            // The shard that failed had messages of the feed: nobody here knows which of them the image lacks.
            Counters.SnapshotsTooOld++;
            channel.Options.Images?.Ask();
            return;
        }

        if (!channel.Started)
        {
            // The image came before any message of the feed.
            channel.Started = true;
            channel.PacketSequence = last;
        }

        // Whatever is not in the image, and was not seen since, begins with its first message.
        if (end.Price == 0)
        {
            channel.FromStart = true;
            channel.CompleteFrom = last + 1;
        }

        for (var id = (uint)end.Price; id < (uint)end.Quantity; id++)
        {
            if (_instruments.Find(channel.Index, id) is { OrderState: BookState.Recovering } instrument) TakeOver(channel, instrument, last, end);
        }
    }

    private void TakeOver(ShardChannel channel, Instrument instrument, uint last, in MarketUpdate end)
    {
        ref var recovery = ref instrument.OrderRecovery;
        if (Before(last + 1, recovery.RequiredFrom))
        {
            Counters.SnapshotsTooOld++;
            Refuse(channel, BookResult.Ok);
            return;
        }

        if (instrument.Orders is null) AddOrders(channel, instrument);
        var result = RebuildOrders(channel, instrument, last);
        channel.StagedOrders -= instrument.Staging?.Count ?? 0;
        instrument.Staging = null;
        if (result != BookResult.Ok)
        {
            Refuse(channel, result);
            RejectOrders(channel, instrument, result);
            return;
        }

        recovery.HasAsOf = recovery.Suspect = false;
        FinishOrders(channel, instrument);
        MarkChangedInPacket(channel, instrument, instrument.LastTransactTimeNs);
        _listener.OnBookReplaced(instrument, BookType.ByOrder, StateReason.Snapshot);
        _listener.OnEndOfEvent(instrument, end);
    }

    /// <summary>A book did not become the image: the RX core, which sees no books, is told.</summary>
    private static void Refuse(ShardChannel channel, BookResult result)
    {
        channel.Options.Images?.CountRefused();
        AskForImage(channel, result);
    }

    private static void AskForImage(ShardChannel channel, BookResult result)
    {
        if (result == BookResult.Overflow) channel.Options.Images?.AskLater();
        else channel.Options.Images?.Ask();
    }

    /// <summary>Whether an image tells what the feed has told again since the image was asked for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsOvertaken(Instrument instrument, in MarketUpdate update)
    {
        var kind = update.Kind == UpdateKind.Status ? ToldStates.Trading : update.Code switch
        {
            (byte)'J' => ToldStates.Collar,
            (byte)'O' => ToldStates.DirectListing,
            (byte)'h' => ToldStates.OperationalHalt,
            (byte)'K' => ToldStates.IpoQuoting,
            (byte)'Y' => ToldStates.ShortSale,
            _ => ToldStates.None,
        };
        if ((update.Flags & UpdateFlags.Snapshot) != 0) return (instrument.ToldSinceImage & kind) != 0;
        instrument.ToldSinceImage |= kind;
        return false;
    }
}
