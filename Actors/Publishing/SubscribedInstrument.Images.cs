using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Blocks with more than updates in them: images, states, definitions, and what was left out.</content>
internal sealed partial class SubscribedInstrument
{
    /// <summary>Begin and end of an image, and the state before it.</summary>
    private const int ImageFrame = 3;

    /// <summary>Writes the parts of a block into its room.</summary>
    private ref struct Block(Span<MarketUpdate> room)
    {
        private readonly Span<MarketUpdate> _room = room;

        public int Count { get; private set; }

        public readonly ref MarketUpdate Last => ref _room[Count - 1];

        public void Add(ReadOnlySpan<MarketUpdate> updates)
        {
            updates.CopyTo(_room[Count..]);
            Count += updates.Length;
        }

        public ref MarketUpdate Add(in MarketUpdate update)
        {
            _room[Count] = update;
            return ref _room[Count++];
        }
    }

    /// <summary>Tells what waits, with images and states where they are due.</summary>
    /// <returns>False where the subscriber is too slow; nothing was told then.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool EmitMore(bool endOfEvent, bool definitionOnly = false)
    {
        var size = MaxBlock();
        if (!_subscription.TryClaim(size, out var room)) return false;
        var block = new Block(room);
        AddLoss(ref block);
        AddDefinition(ref block);
        if (!definitionOnly)
        {
            block.Add(_pending.AsSpan(0, _count));
            _count = 0;
            if (_levels.NeedsImage) AddLevelImage(ref block);
            else if (_depthChanged) _depth!.AddChanges(ref block, Stamp(UpdateKind.None), Instrument);
            if (_orders.NeedsImage) AddOrderImage(ref block);
            AddState(ref block, BookType.ByPrice);
            AddState(ref block, BookType.ByOrder);
            _levels.NeedsImage = _orders.NeedsImage = _depthChanged = false;
            if (endOfEvent && block.Count == 0 && _eventIsOpen) block.Add(Stamp(UpdateKind.None));
            if (endOfEvent && block.Count != 0) block.Last.Flags |= UpdateFlags.EndOfEvent;
            _eventIsOpen = !endOfEvent;
        }

        _subscription.Trim(size - block.Count);
        return true;
    }

    /// <summary>Bad news: at once.</summary>
    private void TellState(BookType book)
    {
        if (!_subscription.TryClaim(1, out var room))
        {
            FallBehind();
            return;
        }

        var block = new Block(room);
        AddState(ref block, book);
    }

    private int MaxBlock()
    {
        // What was left out, a definition (three and its legs), both states, the mark of the end.
        var size = 7 + _count + (Instrument.Definition?.Legs.Count ?? 0);
        if (_levels.NeedsImage) size += ImageFrame + LevelsTotal;
        if (_orders.NeedsImage) size += ImageFrame + (Instrument.Orders?.OrderCount ?? 0);
        if (_depthChanged) size += 4 * _depth!.Depth;
        return size;
    }

    private int LevelsTotal => Instrument.LevelsFromOrders ? 2 * _depth!.Depth : Instrument.Outright.LevelsTotal + (Instrument.Implied?.LevelsTotal ?? 0);

    private void AddLoss(ref Block block)
    {
        if (_updatesLeftOut == 0 && _informationLost == 0) return;
        ref var loss = ref block.Add(Stamp(UpdateKind.Conflated));
        loss.Quantity = _updatesLeftOut;
        loss.OrderId = (ulong)_informationLost;
        _subscription.Counters.UpdatesConflated += _updatesLeftOut;
        _subscription.Counters.InformationLost += _informationLost;
        _updatesLeftOut = _informationLost = 0;
    }

    private void AddDefinition(ref Block block)
    {
        var definition = Instrument.Definition;
        if (definition is null || ReferenceEquals(definition, _definitionTold)) return;
        var before = _definitionTold;
        _definitionTold = definition;
        if (definition == before) return;
        ref var update = ref block.Add(Stamp(UpdateKind.Definition));
        update.Action = definition.IsDeleted ? BookAction.Delete : before is null || before.IsDeleted ? BookAction.New : BookAction.Change;
        update.Price = definition.TickSize;
        update.Quantity = definition.DisplayFactor;
        update.OrderId = (ulong)definition.StrikePrice;
        update.Level = (byte)definition.Depth;
        update.Code = (byte)definition.ImpliedDepth;
        update.Detail = Instrument.TradingStatus | ((int)definition.Feeds << 8);
        foreach (var told in definition.Legs)
        {
            ref var leg = ref block.Add(Stamp(UpdateKind.DefinitionLeg));
            leg.OrderId = told.Instrument;
            leg.Side = told.Side;
            leg.Quantity = told.Ratio;
            leg.Price = told.Price;
        }

        ref var classification = ref block.Add(Stamp(UpdateKind.DefinitionText));
        classification.Code = (byte)DefinitionTextPart.Classification;
        definition.WriteClassification(classification.Text);
        ref var symbol = ref block.Add(Stamp(UpdateKind.DefinitionText));
        symbol.Code = (byte)DefinitionTextPart.Symbol;
        definition.WriteSymbol(symbol.Text);
    }

    /// <summary>Tells a book's state where it is another than the one told.</summary>
    private void AddState(ref Block block, BookType book, bool always = false)
    {
        ref var view = ref View(book);
        var state = StateOf(book);
        if (!view.IsWanted || (state == view.Told && !always)) return;
        view.Told = state;
        ref var update = ref block.Add(Stamp(UpdateKind.State));
        update.Code = (byte)state;
        update.Level = (byte)book;
        update.Detail = (int)(_isAbandoned ? StateReason.ShardRestarted : view.Reason);
    }

    private void AddLevelImage(ref Block block)
    {
        AddState(ref block, BookType.ByPrice, always: true);
        BeginImage(ref block, SnapshotBook.Levels);
        var first = block.Count;
        if (Instrument.LevelsFromOrders)
        {
            _depth!.AddImage(ref block, Stamp(UpdateKind.Level), Instrument);
        }
        else
        {
            AddLevels(ref block, UpdateKind.Level, Instrument.Outright);
            if (Instrument.Implied is { } implied) AddLevels(ref block, UpdateKind.ImpliedLevel, implied);
            _depth?.Remember(Instrument);
        }

        EndImage(ref block, first);
    }

    private void AddLevels(ref Block block, UpdateKind kind, MbpBook book)
    {
        for (var side = BookSide.Bid; side <= BookSide.Ask; side++)
        {
            var levels = book.Levels(side);
            if (_depth is { } depth && levels.Length > depth.Depth) levels = levels[..depth.Depth];
            for (var i = 0; i < levels.Length; i++) AddLevel(ref block, Stamp(kind), book.Depth, side, i, levels[i]).Flags = UpdateFlags.Snapshot;
        }
    }

    private static ref MarketUpdate AddLevel(ref Block block, in MarketUpdate stamp, int bookDepth, BookSide side, int index, in PriceLevel level)
    {
        ref var update = ref block.Add(stamp);
        update.Action = BookAction.Overlay;
        update.Side = side;
        update.Level = (byte)(index + 1);
        update.Price = level.Price;
        update.Quantity = level.Quantity;
        update.OrderCount = level.Orders;
        update.Detail = bookDepth;
        return ref update;
    }

    private void AddOrderImage(ref Block block)
    {
        AddState(ref block, BookType.ByOrder, always: true);
        BeginImage(ref block, SnapshotBook.Orders);
        var first = block.Count;
        if (Instrument.Orders is { } book)
        {
            for (var side = BookSide.Bid; side <= BookSide.Ask; side++)
            {
                for (var i = 0; i < book.LevelCount(side); i++)
                {
                    var price = book.LevelAt(side, i).Price;
                    foreach (ref readonly var order in book.OrdersAt(side, i))
                    {
                        ref var update = ref block.Add(Stamp(UpdateKind.Order));
                        update.Flags = UpdateFlags.Snapshot;
                        update.Action = BookAction.New;
                        update.Side = side;
                        update.Price = price;
                        update.Quantity = order.Quantity;
                        update.OrderId = order.Id;
                        update.Priority = order.Priority;
                    }
                }
            }
        }

        EndImage(ref block, first);
    }

    private void BeginImage(ref Block block, SnapshotBook book)
    {
        _subscription.Counters.Images++;
        ref var begin = ref block.Add(Stamp(UpdateKind.SnapshotBegin));
        begin.Flags = UpdateFlags.Snapshot;
        begin.Code = (byte)book;
        begin.Level = Instrument.TradingStatus;
        begin.OrderId = Instrument.LastPacketSequence;
        begin.Quantity = begin.Price = 1;
    }

    private void EndImage(ref Block block, int first)
    {
        var entries = block.Count - first;
        ref var end = ref block.Add(Stamp(UpdateKind.SnapshotEnd));
        end.Flags = UpdateFlags.Snapshot;
        end.Quantity = entries;
    }

    /// <summary>An update of ours, with where the instrument stands.</summary>
    private MarketUpdate Stamp(UpdateKind kind) => new()
    {
        Kind = kind,
        Channel = Instrument.Channel,
        Instrument = Instrument.Id,
        InstrumentSequence = Instrument.LastSequence,
        TransactTimeNs = Instrument.LastTransactTimeNs,
        PacketSequence = Instrument.LastPacketSequence,
        ReceiveTimeLow = _subscription.ReceiveTimeLow,
    };

    /// <summary>The levels that a subscriber of limited depth was told, to tell it the differences.</summary>
    private sealed class DepthView(int depth)
    {
        private readonly PriceLevel[] _outright = new PriceLevel[2 * depth];
        private readonly PriceLevel[] _implied = new PriceLevel[2 * depth];
        private readonly PriceLevel[] _derived = new PriceLevel[depth];
        private readonly int[] _counts = new int[4];

        public int Depth => depth;

        public void Remember(Instrument instrument)
        {
            for (var side = BookSide.Bid; side <= BookSide.Ask; side++)
            {
                Remember(_outright, ref _counts[(int)side], side, Top(instrument, instrument.Outright, side));
                if (instrument.Implied is { } implied) Remember(_implied, ref _counts[2 + (int)side], side, Top(null, implied, side));
            }
        }

        public void AddImage(ref Block block, in MarketUpdate stamp, Instrument instrument)
        {
            for (var side = BookSide.Bid; side <= BookSide.Ask; side++)
            {
                var levels = Top(instrument, instrument.Outright, side);
                for (var i = 0; i < levels.Length; i++) AddLevel(ref block, stamp, depth, side, i, levels[i]).Flags = UpdateFlags.Snapshot;
                Remember(_outright, ref _counts[(int)side], side, levels);
            }
        }

        public void AddChanges(ref Block block, in MarketUpdate stamp, Instrument instrument)
        {
            for (var side = BookSide.Bid; side <= BookSide.Ask; side++)
                AddChanges(ref block, stamp, UpdateKind.Level, _outright, ref _counts[(int)side], instrument.LevelsFromOrders ? depth : instrument.Outright.Depth, side, Top(instrument, instrument.Outright, side));
            if (instrument.Implied is not { } implied) return;
            for (var side = BookSide.Bid; side <= BookSide.Ask; side++)
                AddChanges(ref block, stamp, UpdateKind.ImpliedLevel, _implied, ref _counts[2 + (int)side], implied.Depth, side, Top(null, implied, side));
        }

        private void Remember(PriceLevel[] told, ref int count, BookSide side, ReadOnlySpan<PriceLevel> levels)
        {
            levels.CopyTo(told.AsSpan((int)side * depth));
            count = levels.Length;
        }

        private void AddChanges(
            ref Block block, MarketUpdate stamp, UpdateKind kind, PriceLevel[] told, ref int count, int bookDepth, BookSide side, ReadOnlySpan<PriceLevel> levels)
        {
            stamp.Kind = kind;
            var before = told.AsSpan((int)side * depth, depth);
            for (; count > levels.Length; count--) AddLevel(ref block, stamp, bookDepth, side, count - 1, before[count - 1]).Action = BookAction.Delete;
            for (var i = 0; i < levels.Length; i++)
            {
                if (i < count && Same(before[i], levels[i])) continue;
                before[i] = levels[i];
                AddLevel(ref block, stamp, bookDepth, side, i, levels[i]);
            }

            count = levels.Length;
        }

        /// <summary>The best levels of a side: of the price-level book, or made of the orders where there is no other.</summary>
        private ReadOnlySpan<PriceLevel> Top(Instrument? instrument, MbpBook book, BookSide side)
        {
            if (instrument is { LevelsFromOrders: true, Orders: { } orders })
            {
                var count = Math.Min(depth, orders.LevelCount(side));
                for (var i = 0; i < count; i++) _derived[i] = orders.LevelAt(side, i);
                return _derived.AsSpan(0, count);
            }

            var levels = book.Levels(side);
            return levels.Length > depth ? levels[..depth] : levels;
        }

        private static bool Same(in PriceLevel a, in PriceLevel b) => a.Price == b.Price && a.Quantity == b.Quantity && a.Orders == b.Orders;
    }
}
