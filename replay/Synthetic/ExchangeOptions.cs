namespace FeedHandler.Replay.Synthetic;

/// <summary>How a synthetic exchange behaves. Equal options give equal bytes.</summary>
public sealed record ExchangeOptions
{
    public ulong Seed { get; init; } = 1;

    public int Instruments { get; init; } = 20;

    /// <summary>Time of the first event, nanoseconds since the Unix epoch. Default: 2025-01-13 14:30 UTC.</summary>
    public ulong StartTimeNs { get; init; } = 1_736_778_600_000_000_000;

    /// <summary>Mean time between bursts of events.</summary>
    public int MeanPauseNs { get; init; } = 60_000_000;

    /// <summary>Part of the events that follow the one before within microseconds.</summary>
    public double BurstChance { get; init; } = 0.45;

    /// <summary>Part of the pauses that are long enough for heartbeats.</summary>
    public double QuietChance { get; init; } = 0.004;

    /// <summary>How often Overlay, DeleteThru or DeleteFrom is sent where it would do.</summary>
    public double RareActionChance { get; init; } = 0.25;

    /// <summary>How often an event ends with a message without entries.</summary>
    public double TrailerChance { get; init; } = 0.05;

    /// <summary>How often the order changes of a trade come in messages of their own.</summary>
    public double OrdersApartAfterTradeChance { get; init; } = 0.7;

    /// <summary>Chance of an event to be a change of trading status or of implied matching.</summary>
    public double StatusChance { get; init; } = 0.003;

    public double QuoteRequestChance { get; init; } = 0.005;

    /// <summary>Chance of an event to be a reset of the whole channel.</summary>
    public double ChannelResetChance { get; init; }

    /// <summary>
    /// Chance of an event to be one of those that a busy day has a few of: a trade corrected or busted, an instrument
    /// added, changed or deleted, open interest and settlements, limits, workups, best orders, values of collateral.
    /// </summary>
    public double RareEventChance { get; init; }

    /// <summary>Quantities are beyond 32 bits, as in foreign exchange; then there is no market by order.</summary>
    public bool LongQuantities { get; init; }

    /// <summary>Chance of an event to be a reset of one instrument's books, which are then sent again.</summary>
    public double InstrumentResetChance { get; init; }
}
