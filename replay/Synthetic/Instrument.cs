namespace FeedHandler.Replay.Synthetic;

/// <summary>What an instrument is; decides its definition message.</summary>
public enum InstrumentKind
{
    Future,
    Option,
    Spread,
}

/// <summary>One leg of a spread: buying the spread buys this leg (or sells it).</summary>
public sealed record InstrumentLeg(Instrument Instrument, bool IsBought);

/// <summary>What the exchange lists. Prices inside the exchange are whole ticks; <see cref="Mantissa"/> makes them decimal.</summary>
public sealed record Instrument
{
    /// <summary>Decimal places of every mantissa in this folder.</summary>
    public const int MantissaDecimals = 9;

    /// <summary>Place in <see cref="SyntheticExchange.Books"/>.</summary>
    public required int Index { get; init; }

    public required int SecurityId { get; init; }

    public required InstrumentKind Kind { get; init; }

    public required string Symbol { get; init; }

    public required string Group { get; init; }

    public required string Asset { get; init; }

    /// <summary>Price of one tick, in units of 1e-9.</summary>
    public required long TickMantissa { get; init; }

    /// <summary>Price, in ticks, around which trading starts.</summary>
    public required long ReferenceTicks { get; init; }

    /// <summary>Levels a side of the outright book.</summary>
    public required int Depth { get; init; }

    /// <summary>Levels a side of the implied book; 0 where the instrument has none.</summary>
    public int ImpliedDepth { get; init; }

    public required int MaturityYear { get; init; }

    public required int MaturityMonth { get; init; }

    public long StrikeMantissa { get; init; }

    public bool IsCall { get; init; }

    public IReadOnlyList<InstrumentLeg> Legs { get; init; } = [];

    /// <summary>The future under an option.</summary>
    public Instrument? Underlying { get; init; }

    /// <summary>What a quantity of 1 is on the wire.</summary>
    public long QuantityUnit { get; init; } = 1;

    /// <summary>Resting orders a side that the order flow aims at.</summary>
    public required int TypicalOrders { get; init; }

    /// <summary>Decimal price of a number of ticks, in units of 1e-9.</summary>
    public long Mantissa(long ticks) => ticks * TickMantissa;
}
