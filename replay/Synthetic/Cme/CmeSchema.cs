namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>What differs between the schema versions that the encoder speaks: template ids, block lengths, price exponent.</summary>
public sealed record CmeSchema
{
    /// <summary>Version 13, in use since January 2025: prices of 1e-9.</summary>
    public static readonly CmeSchema V13 = new()
    {
        Version = 13,
        Book = 46,
        OrderBook = 47,
        Trade = 48,
        DailyStatistics = 49,
        Limits = 50,
        SessionStatistics = 51,
        Snapshot = 52,
        OrderSnapshot = 53,
        Future = 54,
        Option = 55,
        Spread = 56,
        FutureBytes = 224,
        OptionBytes = 221,
        SpreadBytes = 255,
        MantissaDivisor = 1,
    };

    /// <summary>Version 8, of 2016: the old templates, prices of 1e-7.</summary>
    public static readonly CmeSchema V8 = new()
    {
        Version = 8,
        Book = 32,
        OrderBook = 43,
        Trade = 42,
        DailyStatistics = 33,
        Limits = 34,
        SessionStatistics = 35,
        Snapshot = 38,
        OrderSnapshot = 44,
        Future = 27,
        Option = 41,
        Spread = 29,
        FutureBytes = 216,
        OptionBytes = 213,
        SpreadBytes = 195,
        MantissaDivisor = 100,
    };

    /// <summary>Version 13 with the templates whose quantities have 64 bits.</summary>
    public static readonly CmeSchema V13LongQuantities = V13 with { Book = 64, Trade = 65, Volume = 66, SessionStatistics = 67, Snapshot = 69, HasLongQuantities = true };

    public required ushort Version { get; init; }

    public required ushort Book { get; init; }

    public required ushort OrderBook { get; init; }

    public required ushort Trade { get; init; }

    public required ushort DailyStatistics { get; init; }

    public ushort Volume { get; init; } = 37;

    public required ushort Limits { get; init; }

    public required ushort SessionStatistics { get; init; }

    public required ushort Snapshot { get; init; }

    public required ushort OrderSnapshot { get; init; }

    public required ushort Future { get; init; }

    public required ushort Option { get; init; }

    public required ushort Spread { get; init; }

    public required ushort FutureBytes { get; init; }

    public required ushort OptionBytes { get; init; }

    public required ushort SpreadBytes { get; init; }

    /// <summary>From mantissas of 1e-9 to those of the wire.</summary>
    public required long MantissaDivisor { get; init; }

    /// <summary>Fields that versions after 9 appended exist.</summary>
    public bool HasAppendedFields => Version > 9;

    /// <summary>Workups, images of the best orders and values of collaterals exist.</summary>
    public bool HasBondMessages => Version > 10;

    public bool HasLongQuantities { get; private init; }

    /// <summary>The schema of a version from 7 to 13.</summary>
    /// <param name="version">The version.</param>
    /// <param name="longQuantities">With the templates that version 12 brought for quantities of 64 bits.</param>
    public static CmeSchema Of(int version, bool longQuantities = false) => (version, longQuantities) switch
    {
        (7 or 8, false) => V8 with { Version = (ushort)version },
        (9, false) => V13 with { Version = 9, FutureBytes = V8.FutureBytes, OptionBytes = V8.OptionBytes, SpreadBytes = V8.SpreadBytes },
        (10 or 11 or 12 or 13, false) => V13 with { Version = (ushort)version },
        (12 or 13, true) => V13LongQuantities with { Version = (ushort)version },
        _ => throw new ArgumentOutOfRangeException(nameof(version), version, longQuantities ? "long quantities came with schema version 12" : "the encoder speaks schema versions 7 to 13"),
    };
}

/// <summary>Tag 5799: what a message is the last of, within its event.</summary>
[Flags]
public enum MatchEventIndicator : byte
{
    None = 0,
    LastTrade = 0x01,
    LastVolume = 0x02,
    LastQuote = 0x04,
    LastStatistic = 0x08,
    LastImplied = 0x10,
    Recovery = 0x20,
    EndOfEvent = 0x80,
}
