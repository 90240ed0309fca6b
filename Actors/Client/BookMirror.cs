using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>A subscriber's own copy of one instrument's books, kept by applying the updates of its subscription.</summary>
/// <remarks>Equal to the feed handler's books after every update with <see cref="UpdateFlags.EndOfEvent"/>; owned by whoever applies the updates.</remarks>
public sealed class BookMirror
{
    private readonly OrderStore _orders;
    private readonly uint _number;
    private int _legsSeen;

    internal BookMirror(OrderStore orders, uint number, ushort channel, uint instrument)
    {
        _orders = orders;
        _number = number;
        Channel = channel;
        Instrument = instrument;
    }

    /// <summary>Index of the channel.</summary>
    public ushort Channel { get; }

    /// <summary>Venue's id.</summary>
    public uint Instrument { get; }

    /// <summary>What the venue's definition says; null until it was told.</summary>
    public InstrumentDefinition? Definition { get; private set; }

    /// <summary>Outright price levels, as deep as the subscription.</summary>
    public MbpBook Outright { get; } = new(1);

    /// <summary>Implied price levels; null where none were told.</summary>
    public MbpBook? Implied { get; private set; }

    /// <summary>Market by order; null where it was not told.</summary>
    public MboBook? Orders { get; private set; }

    /// <summary>State of the price levels. Anything but <see cref="BookState.Live"/> is not to be traded on.</summary>
    public BookState LevelState { get; private set; }

    /// <summary>State of the orders.</summary>
    public BookState OrderState { get; private set; }

    /// <summary>Why the last state was told.</summary>
    public StateReason Reason { get; private set; }

    /// <summary>Venue's trading status code; 0 until one was told.</summary>
    public byte TradingStatus { get; private set; }

    /// <summary>Instrument sequence of the last update (CME RptSeq).</summary>
    public uint LastSequence { get; private set; }

    /// <summary>Packet sequence of the last update.</summary>
    public uint LastPacketSequence { get; private set; }

    /// <summary>Trades told.</summary>
    public long Trades { get; private set; }

    /// <summary>Book updates that were left out because this subscriber was slow.</summary>
    public long UpdatesConflated { get; private set; }

    /// <summary>Trades and other information that this subscriber lost because it was slow.</summary>
    public long InformationLost { get; private set; }

    /// <summary>Takes one update of this instrument.</summary>
    public void Apply(in MarketUpdate update)
    {
        switch (update.Kind)
        {
            case UpdateKind.Level:
                Set(Outright, update);
                break;
            case UpdateKind.ImpliedLevel:
                Set(Implied ??= new MbpBook(1), update);
                break;
            case UpdateKind.Order:
                (Orders ??= new MboBook(_orders, _number)).Apply(update, strict: false);
                break;
            case UpdateKind.OrderReduced:
                (Orders ??= new MboBook(_orders, _number)).Reduce(update, strict: false);
                if (update.Priority != 0 && (update.Flags & UpdateFlags.NonPrintable) == 0) Trades++;
                break;
            case UpdateKind.OrderReplaced:
                (Orders ??= new MboBook(_orders, _number)).Replace(update, strict: false);
                break;
            case UpdateKind.SnapshotBegin:
                TradingStatus = update.Level;
                Clear((SnapshotBook)update.Code);
                break;
            case UpdateKind.State:
                if ((BookType)update.Level == BookType.ByPrice) LevelState = (BookState)update.Code;
                else OrderState = (BookState)update.Code;
                Reason = (StateReason)update.Detail;
                break;
            case UpdateKind.Conflated:
                UpdatesConflated += update.Quantity;
                InformationLost += (long)update.OrderId;
                break;
            case UpdateKind.Trade:
                if (update.Action == BookAction.New) Trades++;
                break;
            case UpdateKind.Status:
                if (update.Code != Actors.Instrument.NoStatusChange) TradingStatus = update.Code;
                break;
            case UpdateKind.Definition:
                Definition = (Definition ?? new InstrumentDefinition()).With(update);
                _legsSeen = 0;
                if (update.Level != 0) Outright.SetDepth(update.Level);
                if (update.Code != 0) Implied?.SetDepth(update.Code);
                break;
            case UpdateKind.DefinitionText:
                if (Definition is { } described) Definition = described.WithText(_legsSeen, update);
                break;
            case UpdateKind.DefinitionLeg:
                if (Definition is { } spread) Definition = spread.WithLeg(_legsSeen++, update);
                break;
            default:
                break;
        }

        if (update.InstrumentSequence != 0) LastSequence = update.InstrumentSequence;
        LastPacketSequence = update.PacketSequence;
    }

    private static void Set(MbpBook book, in MarketUpdate update)
    {
        // Told updates say how deep the book is: what an insertion pushes out depends on it.
        if (update.Detail != book.Depth) book.SetDepth(update.Detail);
        book.Apply(update.Action, update.Side, update.Level, new PriceLevel { Price = update.Price, Quantity = update.Quantity, Orders = update.OrderCount }, strict: false);
    }

    private void Clear(SnapshotBook book)
    {
        if (book == SnapshotBook.Orders)
        {
            Orders?.Clear();
            return;
        }

        Outright.Clear();
        Implied?.Clear();
    }
}
