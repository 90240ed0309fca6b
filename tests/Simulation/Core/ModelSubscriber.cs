using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Simulation;

/// <summary>
/// A subscriber of the simulation: keeps the client's mirror and checks its history. What the mirror says is Live after all
/// that was told by one moment must be the venue's book as of that moment, however late it is read.
/// </summary>
internal sealed class ModelSubscriber(long id, Subscribe request, double readChance, Sightings sightings, Trace? trace) : IBatchReceiver
{
    private readonly Queue<Told> _queue = new();
    private readonly List<uint> _touched = [];
    private readonly HashSet<uint> _midEvent = [];
    private List<MarketDataBatch> _open = [];

    /// <summary>What was told by one moment.</summary>
    private sealed record Told(List<MarketDataBatch> Batches, List<Expected> Expected);

    /// <summary>What an instrument's mirror must be if it says Live; null where that cannot be said.</summary>
    private readonly record struct Expected(uint Instrument, bool MayBeLive, ulong? Levels, ulong? Orders, string? Text);

    public long Id => id;

    public Subscribe Request => request;

    public MarketMirror Mirror { get; } = new();

    /// <summary>Why it is over; null while it is not.</summary>
    public SubscriptionEnd? Ended { get; private set; }

    /// <summary>Reads whatever comes at once.</summary>
    public bool IsFast => readChance >= 1;

    public double ReadChance => readChance;

    /// <summary>Whether it was there from the start.</summary>
    public bool SawAll { get; init; }

    public void Deliver(MarketDataBatch batch) => _open.Add(batch);

    public void End(int shard, SubscriptionEnd reason) => Ended = reason;

    /// <summary>A shard has sent what there was to tell: what comes together is judged together.</summary>
    /// <param name="checker">Knows the venue's books as of this moment.</param>
    /// <param name="conflated">Whether the publisher gave an instrument up meanwhile: what was told of it may be older than this moment.</param>
    public void OnFlushed(Checker checker, bool conflated)
    {
        if (_open.Count == 0) return;
        _touched.Clear();
        _midEvent.Clear();
        foreach (var batch in _open)
        {
            foreach (ref readonly var update in batch.Updates)
            {
                if (update.Instrument == 0) continue;
                if (_touched.Count == 0 || (_touched[^1] != update.Instrument && !_touched.Contains(update.Instrument))) _touched.Add(update.Instrument);

                // A reset that is told before its event ends: the venue's book is known at the ends of events only.
                if (update.Kind == UpdateKind.InstrumentReset && request.Timing == UpdateTiming.EveryUpdate) _midEvent.Add(update.Instrument);
                trace?.Line($"          subscriber {id}: {update.Instrument} {update.Kind} {update.Code} {update.Action} {update.Side} {update.Level} {update.Price}x{update.Quantity}");
            }
        }

        var expected = new List<Expected>(_touched.Count);
        foreach (var touched in _touched)
        {
            if (checker.Find(touched) is { } instrument && !conflated && !_midEvent.Contains(touched)) expected.Add(Expect(checker, instrument));
        }

        _queue.Enqueue(new Told(_open, expected));
        _open = [];
        if (IsFast) ReadAll();
    }

    public void ReadAll()
    {
        while (_queue.Count != 0) Read();
    }

    /// <summary>No mirror of a subscriber that has read everything is surer than the shard.</summary>
    public void CheckStates(Checker checker)
    {
        foreach (var instrument in checker.Shard.Instruments)
        {
            if (Mirror.Find(0, instrument.Id) is not { } mirror) continue;
            if ((mirror.LevelState == BookState.Live && instrument.LevelState != BookState.Live) || (mirror.OrderState == BookState.Live && instrument.OrderState != BookState.Live))
                throw new SimulationFailedException($"subscriber {id}: mirror of {instrument.Id} says {mirror.LevelState}/{mirror.OrderState}, the shard {instrument.LevelState}/{instrument.OrderState}");
        }
    }

    /// <summary>Everything was told and read: the mirror is the shard's book, and says so.</summary>
    public void CheckEnd(Checker checker)
    {
        foreach (var instrument in checker.Shard.Instruments)
        {
            if (request.Instrument is { } wanted && wanted != instrument.Id) continue;
            if (request.Symbol is { } symbol && symbol != instrument.Definition?.Symbol) continue;
            var mirror = Mirror.Find(0, instrument.Id) ?? throw new SimulationFailedException($"subscriber {id}: nothing was told of {instrument.Id}");
            if (Wants(SubscribedBooks.Levels) && (mirror.LevelState != instrument.LevelState || Levels(mirror) != BookHash.Levels(instrument.Outright, instrument.Implied, request.Depth)))
                Differ(mirror, instrument, "levels");
            if (Wants(SubscribedBooks.Orders) && (mirror.OrderState != instrument.OrderState || Orders(mirror) != (instrument.Orders is { } orders ? BookHash.Orders(orders) : BookHash.NoOrders)))
                Differ(mirror, instrument, "orders");
            if (SawAll && (mirror.Trades + mirror.InformationLost < instrument.Trades || mirror.Trades > instrument.Trades || (mirror.InformationLost == 0 && mirror.Trades != instrument.Trades)))
                throw new SimulationFailedException($"subscriber {id}: {mirror.Trades} trades of {instrument.Id} told and {mirror.InformationLost} updates lost, of {instrument.Trades}");
            sightings.Add("subscribers: mirrors equal at the end");
        }
    }

    private bool Wants(SubscribedBooks books) => (request.Books & books) != 0;

    private ulong Levels(BookMirror mirror) => BookHash.Levels(mirror.Outright, mirror.Implied, request.Depth);

    private static ulong Orders(BookMirror mirror) => mirror.Orders is { } orders ? BookHash.Orders(orders) : BookHash.NoOrders;

    private Expected Expect(Checker checker, Actors.Instrument instrument)
    {
        ulong? levels = null, orders = null;
        string? text = null;
        var isConsistent = request.Timing == UpdateTiming.EndOfEvent || !instrument.ChangedInEvent;
        if (Wants(SubscribedBooks.Levels) && isConsistent && instrument.LevelState == BookState.Live)
        {
            if (request.Depth == 0) levels = checker.Truth(instrument, instrument.Levels, ref text).Levels;
            else if (!instrument.ChangedInEvent) levels = BookHash.Levels(instrument.Outright, instrument.Implied, request.Depth);
        }

        if (Wants(SubscribedBooks.Orders) && isConsistent && instrument.OrderState == BookState.Live) orders = checker.Truth(instrument, instrument.OrderRecovery, ref text).Orders;
        return new Expected(instrument.Id, MayBeLive: instrument.LevelState == BookState.Live || instrument.OrderState == BookState.Live, levels, orders, text);
    }

    private void Read()
    {
        var told = _queue.Dequeue();
        foreach (var batch in told.Batches)
        {
            Mirror.Apply(batch);
            batch.Dispose();
        }

        foreach (var expected in told.Expected)
        {
            var mirror = Mirror.Find(0, expected.Instrument)!;
            var isLive = mirror.LevelState == BookState.Live || mirror.OrderState == BookState.Live;
            if (isLive && !expected.MayBeLive) Differ(mirror, expected, "states");
            if (mirror.LevelState == BookState.Live && expected.Levels is { } levels)
            {
                sightings.Add("subscribers: levels compared");
                if (Levels(mirror) != levels) Differ(mirror, expected, "levels");
            }

            if (mirror.OrderState == BookState.Live && expected.Orders is { } orders)
            {
                sightings.Add("subscribers: orders compared");
                if (Orders(mirror) != orders) Differ(mirror, expected, "orders");
            }
        }
    }

    private void Differ(BookMirror mirror, in Expected expected, string what) =>
        throw new SimulationFailedException($"subscriber {id} ({request}): mirror of {mirror.Instrument} says {mirror.LevelState}/{mirror.OrderState}, and its {what} are wrong at sequence {mirror.LastSequence}, packet {mirror.LastPacketSequence}\n  venue:  {expected.Text ?? "(run with --trace)"}\n  mirror: {BookText.Of(mirror)}");

    private void Differ(BookMirror mirror, Actors.Instrument instrument, string what) =>
        throw new SimulationFailedException($"subscriber {id} ({request}): {what} of {instrument.Id} differ at the end, the mirror says {mirror.LevelState}/{mirror.OrderState}, the shard {instrument.LevelState}/{instrument.OrderState}\n  shard:  {BookText.Of(instrument)}\n  mirror: {BookText.Of(mirror)}");
}
