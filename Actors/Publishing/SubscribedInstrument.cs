using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>One instrument of one subscription: what of it waits to be told.</summary>
/// <remarks>
/// Owned by the shard's thread. Updates wait here until their event ends, then go out as one block. A book that was
/// replaced goes out as an image; so does one that could not be told because the subscriber was slow.
/// </remarks>
internal sealed partial class SubscribedInstrument
{
    /// <summary>Updates of one event that are kept; a longer event is told as an image. CME's longest have some hundred an instrument.</summary>
    private const int MaxPending = 1024;

    /// <summary>Price levels of each side that are made of orders for a subscriber that names no depth.</summary>
    private const int DerivedDepth = 10;

    private readonly ShardSubscription _subscription;
    private readonly ShardPublisher _publisher;
    private MarketUpdate[] _pending = new MarketUpdate[8];
    private int _count;
    private BookView _levels;
    private BookView _orders;
    private DepthView? _depth;
    private bool _depthChanged;
    private bool _everyUpdate;
    private bool _eventIsOpen;
    private bool _isBehind;
    private bool _catchesUpNow;
    private bool _isAbandoned;
    private long _updatesLeftOut;
    private long _informationLost;
    private InstrumentDefinition? _definitionTold;

    private struct BookView
    {
        public bool IsWanted;
        public bool NeedsImage;
        public BookState Told;
        public StateReason Reason;
    }

    public SubscribedInstrument(ShardSubscription subscription, Instrument instrument, ShardPublisher publisher)
    {
        _subscription = subscription;
        _publisher = publisher;
        Instrument = instrument;
        Choose();
    }

    public Instrument Instrument { get; }

    /// <summary>Whether it is in its channel's list for the end of the event.</summary>
    public bool IsQueued { get; set; }

    public bool HasEnded => _subscription.HasEnded;

    /// <summary>Whether an image of its books would be one of the middle of an event.</summary>
    public bool MustWaitForEndOfEvent => Instrument.ChangedInEvent && !_everyUpdate && !_isAbandoned;

    /// <summary>Tells the first images, at once where the books are consistent.</summary>
    public void Begin()
    {
        if (MustWaitForEndOfEvent) _publisher.Queue(this);
        else Emit(endOfEvent: !Instrument.ChangedInEvent);
    }

    /// <summary>The subscriber asked again.</summary>
    public void Renew()
    {
        if (_isBehind) return;
        Discard(BookType.ByPrice);
        Discard(BookType.ByOrder);
        Choose();
        Begin();
    }

    [HotPath]
    public void OnBookUpdate(in MarketUpdate update)
    {
        var isOrder = IsOf(BookType.ByOrder, update.Kind);
        if (isOrder && Instrument.LevelsFromOrders && _levels.IsWanted) OnDerivedLevels();
        ref readonly var view = ref isOrder ? ref _orders : ref _levels;
        if (!view.IsWanted) return;
        if (_isBehind)
        {
            _updatesLeftOut++;
            return;
        }

        if (!view.NeedsImage)
        {
            if (!isOrder && _depth is not null)
            {
                _depthChanged = true;
            }
            else
            {
                ref var pending = ref Append(update);
                if (!isOrder) pending.Detail = (update.Kind == UpdateKind.Level ? Instrument.Outright : Instrument.Implied!).Depth;
            }
        }

        OnPending();
    }

    /// <summary>The venue sends orders alone: the best price levels are made of them.</summary>
    [HotPath]
    private void OnDerivedLevels()
    {
        if (_isBehind)
        {
            if (!_orders.IsWanted) _updatesLeftOut++;
            return;
        }

        if (_depth is null) DeriveLevels();
        _depthChanged = !_levels.NeedsImage;
        OnPending();
    }

    [HotPath]
    public void OnInformation(in MarketUpdate update)
    {
        if (_isBehind)
        {
            _informationLost++;
            return;
        }

        Append(update);
        OnPending();
    }

    public void OnDefinition()
    {
        if (_isBehind || Instrument.Definition is not { Symbol.Length: > 0 } definition || definition == _definitionTold) return;
        if (_levels.NeedsImage || _orders.NeedsImage) Begin();
        else if (!EmitMore(endOfEvent: false, definitionOnly: true)) FallBehind();
    }

    public void OnBookReplaced(BookType book)
    {
        if (book == BookType.ByOrder && Instrument.LevelsFromOrders) OnBookReplaced(BookType.ByPrice);
        ref var view = ref View(book);
        if (!view.IsWanted || _isBehind) return;
        view.NeedsImage = true;
        Discard(book);
        OnPending();
    }

    /// <summary>Bad news is told at once, good news at the end of the event that brings it.</summary>
    public void OnStateChanged(BookType book, StateReason reason)
    {
        if (book == BookType.ByOrder && Instrument.LevelsFromOrders) OnStateChanged(BookType.ByPrice, reason);
        ref var view = ref View(book);
        view.Reason = reason;
        if (!view.IsWanted || _isBehind) return;
        if (StateOf(book) < view.Told) TellState(book);
        else OnPending();
    }

    /// <summary>The shard lost its books: what was told does not hold, and nothing more will be told of this instance.</summary>
    public void Abandon()
    {
        Discard(BookType.ByPrice);
        Discard(BookType.ByOrder);
        _isAbandoned = true;
        _eventIsOpen = false;
        _levels.NeedsImage = _orders.NeedsImage = _depthChanged = false;
        if (!_isBehind && !EmitMore(endOfEvent: false)) FallBehind();
    }

    /// <summary>Tells everything that waits.</summary>
    [HotPath]
    public void Emit(bool endOfEvent)
    {
        if (_isBehind)
        {
            if (_catchesUpNow) CatchUpNow();
            return;
        }

        if (_levels.NeedsImage || _orders.NeedsImage || _depthChanged || StateIsNews)
        {
            if (!EmitMore(endOfEvent)) FallBehind();
            return;
        }

        if (_count == 0 && !(endOfEvent && _eventIsOpen)) return;
        if (_count == 0) AppendEndOfEvent();
        if (!_subscription.TryClaim(_count, out var room))
        {
            FallBehind();
            return;
        }

        _pending.AsSpan(0, _count).CopyTo(room);
        if (endOfEvent) room[^1].Flags |= UpdateFlags.EndOfEvent;
        _eventIsOpen = !endOfEvent;
        _count = 0;
    }

    /// <summary>Tells the present books to a subscriber that was slow.</summary>
    /// <returns>False where it still is.</returns>
    public bool TryCatchUp()
    {
        if (!_isBehind) return true;
        if (!_isAbandoned) Choose();
        if (!EmitMore(endOfEvent: !Instrument.ChangedInEvent)) return false;
        _isBehind = false;
        return true;
    }

    /// <summary>Has it catch up when its channel's event has ended.</summary>
    public void CatchUpAtEndOfEvent()
    {
        _catchesUpNow = true;
        _publisher.Queue(this);
    }

    private bool StateIsNews =>
        (_levels.IsWanted && _levels.Told != StateOf(BookType.ByPrice)) || (_orders.IsWanted && _orders.Told != StateOf(BookType.ByOrder));

    [HotPath]
    private void OnPending()
    {
        if (_everyUpdate)
        {
            Emit(endOfEvent: false);
            _eventIsOpen = true;
        }

        if (!IsQueued) _publisher.Queue(this);
    }

    [HotPath]
    private ref MarketUpdate Append(in MarketUpdate update)
    {
        if (_count == _pending.Length) MakeRoom();
        ref var pending = ref _pending[_count++];
        pending = update;
        pending.Flags &= ~(UpdateFlags.EndOfEvent | UpdateFlags.EndOfPacket);
        return ref pending;
    }

    private ref BookView View(BookType book) => ref book == BookType.ByPrice ? ref _levels : ref _orders;

    private BookState StateOf(BookType book) =>
        _isAbandoned ? BookState.Stale
        : book == BookType.ByPrice && !Instrument.LevelsFromOrders ? Instrument.LevelState
        : Instrument.OrderState;

    /// <summary>Reads the subscriber's choices; images of all that it wants are due.</summary>
    private void Choose()
    {
        var request = _subscription.Request;
        _everyUpdate = request.Timing == UpdateTiming.EveryUpdate;
        _levels.NeedsImage = _levels.IsWanted = (request.Books & SubscribedBooks.Levels) != 0;
        _orders.NeedsImage = _orders.IsWanted = (request.Books & SubscribedBooks.Orders) != 0;
        _depthChanged = false;
        var depth = request.Depth == 0 && Instrument.LevelsFromOrders ? DerivedDepth : request.Depth;
        if (depth == 0) _depth = null;
        else if (_depth?.Depth != depth) _depth = new DepthView(depth);
    }

    /// <summary>The first order said that there are no price levels but those.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DeriveLevels()
    {
        _depth = new DepthView(DerivedDepth);
        _levels.NeedsImage = true;
    }

    private static bool IsOf(BookType book, UpdateKind kind) => book == BookType.ByPrice
        ? kind is UpdateKind.Level or UpdateKind.ImpliedLevel
        : kind is UpdateKind.Order or UpdateKind.OrderReduced or UpdateKind.OrderReplaced;

    /// <summary>Forgets the pending updates of a book: an image comes in their place.</summary>
    private void Discard(BookType book)
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (!IsOf(book, _pending[i].Kind)) _pending[kept++] = _pending[i];
        }

        _count = kept;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MakeRoom()
    {
        if (_count < MaxPending)
        {
            Array.Resize(ref _pending, _count * 2);
            return;
        }

        // Images take the place of the book updates; what is left is told before its event ends.
        _levels.NeedsImage = _levels.IsWanted;
        _orders.NeedsImage = _orders.IsWanted;
        Discard(BookType.ByPrice);
        Discard(BookType.ByOrder);
        if (_count == 0) return;
        if (_subscription.TryClaim(_count, out var room)) _pending.AsSpan(0, _count).CopyTo(room);
        else LoseInformation(_count);
        _count = 0;
    }

    /// <summary>The subscriber holds all its batches: from here on changes are counted, not kept.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FallBehind()
    {
        if (HasEnded) return;
        _isBehind = true;
        _subscription.Counters.Conflations++;
        var all = _count;
        Discard(BookType.ByPrice);
        Discard(BookType.ByOrder);
        _updatesLeftOut += all - _count;
        LoseInformation(_count);
        _count = 0;
        _subscription.AddBehind(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CatchUpNow()
    {
        _catchesUpNow = false;
        if (!TryCatchUp()) _subscription.AddBehind(this);
    }

    private void LoseInformation(int updates) => _informationLost += updates;

    private void AppendEndOfEvent()
    {
        _pending[_count++] = Stamp(UpdateKind.None);
    }
}
