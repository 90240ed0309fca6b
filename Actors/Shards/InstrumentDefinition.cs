using System.Buffers.Binary;
using System.Text;
using FeedHandler.Codecs;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Actors;

/// <summary>What a venue's definition says of an instrument. Immutable.</summary>
/// <remarks>
/// It comes in parts: <see cref="UpdateKind.Definition"/>, legs, texts, the symbol last. Each part makes a new record only
/// where it says something new, because definition loops come round again and again.
/// </remarks>
public sealed record InstrumentDefinition
{
    // Equal definitions have equal legs, wherever these are kept.
    private readonly EquatableArray<InstrumentLeg> _legs;

    /// <summary>Symbol, such as <c>ESZ6</c>.</summary>
    public string Symbol { get; init; } = "";

    /// <summary>Security group.</summary>
    public string Group { get; init; } = "";

    /// <summary>Asset (product).</summary>
    public string Asset { get; init; } = "";

    /// <summary>Minimum price increment, mantissa at the channel's exponent; <see cref="MarketUpdate.NullPrice"/> where not said.</summary>
    public long TickSize { get; init; }

    /// <summary>Display factor, mantissa with exponent -9; <see cref="MarketUpdate.NullPrice"/> where not said.</summary>
    public long DisplayFactor { get; init; }

    /// <summary>Levels of the outright book; 0 where not said.</summary>
    public int Depth { get; init; }

    /// <summary>Levels of the implied book; 0 where it has none.</summary>
    public int ImpliedDepth { get; init; }

    /// <summary>Which books by price the venue publishes.</summary>
    public DefinitionFeeds Feeds { get; init; }

    /// <summary>Whether the venue deleted the instrument. Its books stay as they were.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Strike of an option, mantissa at the channel's exponent; <see cref="MarketUpdate.NullPrice"/> where there is none.</summary>
    public long StrikePrice { get; init; } = MarketUpdate.NullPrice;

    /// <summary>Classification by ISO 10962.</summary>
    public string CfiCode { get; init; } = "";

    /// <summary>Currency of the price.</summary>
    public string Currency { get; init; } = "";

    /// <summary>Currency of the settlement.</summary>
    public string SettlementCurrency { get; init; } = "";

    /// <summary>Venue's code of the type.</summary>
    public string SecurityType { get; init; } = "";

    /// <summary>Unit of the contract; cut after nine characters.</summary>
    public string UnitOfMeasure { get; init; } = "";

    /// <summary>When it matures, as far as the venue says.</summary>
    public Maturity Maturity { get; init; }

    /// <summary>Legs of a spread.</summary>
    public IReadOnlyList<InstrumentLeg> Legs
    {
        get => _legs;
        init => _legs = new EquatableArray<InstrumentLeg>([.. value]);
    }

    /// <summary>Takes what a <see cref="UpdateKind.Definition"/> says.</summary>
    internal InstrumentDefinition With(in MarketUpdate update)
    {
        var feeds = (DefinitionFeeds)(byte)(update.Detail >> 8);
        var isDeleted = update.Action == BookAction.Delete;
        var strike = update.OrderId == 0 ? MarketUpdate.NullPrice : (long)update.OrderId;
        if (TickSize == update.Price && DisplayFactor == update.Quantity && Depth == update.Level && ImpliedDepth == update.Code
            && Feeds == feeds && IsDeleted == isDeleted && StrikePrice == strike) return this;
        return this with
        {
            TickSize = update.Price,
            DisplayFactor = update.Quantity,
            Depth = update.Level,
            ImpliedDepth = update.Code,
            Feeds = feeds,
            IsDeleted = isDeleted,
            StrikePrice = strike,
        };
    }

    /// <summary>Takes one leg.</summary>
    /// <param name="index">Its place among those of the definition in progress.</param>
    /// <param name="update">The leg.</param>
    internal InstrumentDefinition WithLeg(int index, in MarketUpdate update)
    {
        var leg = new InstrumentLeg((uint)update.OrderId, update.Side, (int)update.Quantity, update.Price);
        if (index < _legs.Count) return _legs[index] == leg ? this : this with { Legs = [.. Legs.Take(index), leg] };
        return index < MaxLegs ? this with { Legs = [.. Legs, leg] } : this;
    }

    /// <summary>Takes a text. The symbol ends the definition.</summary>
    /// <param name="legs">Legs that the definition named.</param>
    /// <param name="update">The text.</param>
    internal InstrumentDefinition WithText(int legs, MarketUpdate update) => (DefinitionTextPart)update.Code switch
    {
        DefinitionTextPart.Symbol => WithLegs(legs).WithSymbol(update.Text),
        DefinitionTextPart.Classification => WithClassification(update.Text),
        _ => this,
    };

    /// <summary>Writes the classification as a text.</summary>
    internal void WriteClassification(Span<byte> text)
    {
        Encoding.ASCII.TryGetBytes(CfiCode, text[..6], out _);
        Encoding.ASCII.TryGetBytes(Currency, text[6..9], out _);
        Encoding.ASCII.TryGetBytes(SettlementCurrency, text[9..12], out _);
        Encoding.ASCII.TryGetBytes(SecurityType, text[12..18], out _);
        BinaryPrimitives.WriteUInt16LittleEndian(text[18..], Maturity.Year);
        text[20] = Maturity.Month;
        text[21] = Maturity.Day;
        text[22] = Maturity.Week;
        Encoding.ASCII.TryGetBytes(UnitOfMeasure, text[23..], out _);
    }

    /// <summary>Writes symbol, group and asset as a text.</summary>
    internal void WriteSymbol(Span<byte> text)
    {
        Encoding.ASCII.TryGetBytes(Symbol, text[..20], out _);
        Encoding.ASCII.TryGetBytes(Group, text[20..26], out _);
        Encoding.ASCII.TryGetBytes(Asset, text[26..32], out _);
    }

    /// <summary>Far above what venues list; a definition message of one packet holds fewer.</summary>
    private const int MaxLegs = 255;

    private InstrumentDefinition WithLegs(int count) => count < _legs.Count ? this with { Legs = [.. Legs.Take(count)] } : this;

    private InstrumentDefinition WithSymbol(ReadOnlySpan<byte> text)
    {
        var symbol = Trim(text[..20]);
        var group = Trim(text[20..26]);
        var asset = Trim(text[26..32]);
        if (Ascii.Equals(symbol, Symbol) && Ascii.Equals(group, Group) && Ascii.Equals(asset, Asset)) return this;
        return this with { Symbol = Encoding.ASCII.GetString(symbol), Group = Encoding.ASCII.GetString(group), Asset = Encoding.ASCII.GetString(asset) };
    }

    private InstrumentDefinition WithClassification(ReadOnlySpan<byte> text)
    {
        var cfi = Trim(text[..6]);
        var currency = Trim(text[6..9]);
        var settlement = Trim(text[9..12]);
        var type = Trim(text[12..18]);
        var maturity = new Maturity(BinaryPrimitives.ReadUInt16LittleEndian(text[18..]), text[20], text[21], text[22]);
        var unit = Trim(text[23..32]);
        if (Ascii.Equals(cfi, CfiCode) && Ascii.Equals(currency, Currency) && Ascii.Equals(settlement, SettlementCurrency)
            && Ascii.Equals(type, SecurityType) && maturity == Maturity && Ascii.Equals(unit, UnitOfMeasure)) return this;
        return this with
        {
            CfiCode = Encoding.ASCII.GetString(cfi),
            Currency = Encoding.ASCII.GetString(currency),
            SettlementCurrency = Encoding.ASCII.GetString(settlement),
            SecurityType = Encoding.ASCII.GetString(type),
            Maturity = maturity,
            UnitOfMeasure = Encoding.ASCII.GetString(unit),
        };
    }

    /// <summary>Text without its padding.</summary>
    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        return (end < 0 ? text : text[..end]).TrimEnd((byte)' ');
    }
}

/// <summary>One leg of a spread.</summary>
/// <param name="Instrument">Venue's id of the leg.</param>
/// <param name="Side">Bid: bought when the spread is bought.</param>
/// <param name="Ratio">How many of it.</param>
/// <param name="Price">Mantissa of its price where that is fixed; <see cref="MarketUpdate.NullPrice"/> otherwise.</param>
public readonly record struct InstrumentLeg(uint Instrument, BookSide Side, int Ratio, long Price);

/// <summary>When a contract matures; 0 for what the venue does not say.</summary>
/// <param name="Year">Year.</param>
/// <param name="Month">Month from 1.</param>
/// <param name="Day">Day of the month.</param>
/// <param name="Week">Week of the month.</param>
public readonly record struct Maturity(ushort Year, byte Month, byte Day, byte Week);
