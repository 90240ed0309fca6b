namespace FeedHandler.Replay.Synthetic;

/// <summary>Lists the instruments of a synthetic channel: futures by month, calendar spreads between them, options on them.</summary>
/// <remarks>Product codes are invented, so that nobody takes a synthetic price for a real one.</remarks>
public static class InstrumentCatalog
{
    private const string MonthCodes = "FGHJKMNQUVXZ";
    private const int FirstYear = 2025;
    private const int MonthsPerFuture = 3;

    private sealed record Product(string Asset, string Group, long TickMantissa, long ReferenceTicks, int StrikeStepTicks);

    private static readonly Product[] Products =
    [
        new("FHX", "FX", 250_000_000, 24_000, 100),  // index: tick 0.25 at 6000
        new("FHO", "FO", 10_000_000, 7_500, 50),     // oil: tick 0.01 at 75
        new("FHR", "FR", 15_625_000, 6_944, 32),     // rates: tick 1/64 at 108.5
        new("FHM", "FM", 100_000_000, 27_000, 100),  // metal: tick 0.1 at 2700
    ];

    /// <summary>Creates <paramref name="count"/> instruments: about half futures, a fifth spreads, the rest options.</summary>
    public static IReadOnlyList<Instrument> Create(int count, SeededRandom random)
    {
        var instruments = new List<Instrument>(count);
        int futures = Math.Max(1, (count * 5) / 10);
        int spreads = count >= 3 ? (count * 2) / 10 : 0;
        int nextId = random.Next(1_000, 9_000);

        for (int i = 0; i < futures; i++)
        {
            Product product = Products[i % Products.Length];
            Add(Future(product, i / Products.Length));
        }

        var calendar = CalendarPairs(instruments);
        for (int i = 0; i < spreads && i < calendar.Count; i++) Add(Spread(calendar[i].Near, calendar[i].Far));
        for (int i = 0; instruments.Count < count; i++) Add(Option(instruments[i % futures], i / futures));
        return instruments;

        // SecurityIDs grow but are neither dense nor near 1, as at the venue.
        void Add(Instrument instrument)
        {
            nextId += random.Next(1, 700);
            instruments.Add(instrument with { Index = instruments.Count, SecurityId = nextId });
        }
    }

    private static Instrument Future(Product product, int ordinal)
    {
        int months = (ordinal + 1) * MonthsPerFuture;
        (int year, int month) = (FirstYear + ((months - 1) / 12), ((months - 1) % 12) + 1);
        return new Instrument
        {
            Index = 0,
            SecurityId = 0,
            Kind = InstrumentKind.Future,
            Symbol = $"{product.Asset}{MonthCodes[month - 1]}{year % 100}",
            Group = product.Group,
            Asset = product.Asset,
            TickMantissa = product.TickMantissa,
            ReferenceTicks = product.ReferenceTicks + (ordinal * 40),
            Depth = 10,
            ImpliedDepth = 2,
            MaturityYear = year,
            MaturityMonth = month,
            TypicalOrders = ordinal == 0 ? 60 : 36,
        };
    }

    private static Instrument Spread(Instrument near, Instrument far) => near with
    {
        Kind = InstrumentKind.Spread,
        Symbol = $"{near.Symbol}-{far.Symbol}",
        ReferenceTicks = near.ReferenceTicks - far.ReferenceTicks,
        TypicalOrders = 24,
        Legs = [new InstrumentLeg(near, IsBought: true), new InstrumentLeg(far, IsBought: false)],
    };

    private static Instrument Option(Instrument underlying, int ordinal)
    {
        Product product = Array.Find(Products, p => p.Asset == underlying.Asset)!;
        bool isCall = (ordinal & 1) == 0;
        long strikeTicks = product.ReferenceTicks + ((long)(ordinal + 1) / 2 * product.StrikeStepTicks);
        long strikeMantissa = strikeTicks * product.TickMantissa;
        return underlying with
        {
            Kind = InstrumentKind.Option,
            Symbol = $"{underlying.Symbol} {(isCall ? 'C' : 'P')}{DecimalText.Of(strikeMantissa)}",
            Group = $"{product.Group}O",
            ReferenceTicks = 60 + (ordinal * 7),
            Depth = 3,
            ImpliedDepth = 0,
            StrikeMantissa = strikeMantissa,
            IsCall = isCall,
            Underlying = underlying,
            TypicalOrders = 6,
        };
    }

    private static List<(Instrument Near, Instrument Far)> CalendarPairs(List<Instrument> futures)
    {
        var pairs = new List<(Instrument, Instrument)>();
        for (int near = 0; near < futures.Count; near++)
        {
            for (int far = near + 1; far < futures.Count; far++)
            {
                if (futures[near].Asset == futures[far].Asset) pairs.Add((futures[near], futures[far]));
            }
        }

        return pairs;
    }
}
