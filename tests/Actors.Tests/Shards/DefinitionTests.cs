using System.Text;
using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>What a shard knows of its instruments beside their books.</summary>
public sealed class DefinitionTests
{
    private static readonly MarketUpdate[] Spread =
    [
        new() { Kind = UpdateKind.Definition, Instrument = 7, Action = BookAction.New, Price = 25, Quantity = 100, OrderId = 4_400, Level = 10, Code = 2, Detail = 17 | (3 << 8) },
        Leg(8, BookSide.Bid, 1), Leg(9, BookSide.Ask, 2),
        Text(7, DefinitionTextPart.Classification, "FFIXSXUSDEURFUT   \u0000\u0000\u000C\u0012\u0003IPNT"),
        Text(7, DefinitionTextPart.Symbol, "ESZ6-ESH7".PadRight(20, '\0') + "ES".PadRight(6, '\0') + "ESA"),
    ];

    [Fact]
    public void A_definition_is_kept_with_all_its_parts()
    {
        var definition = new ShardDriver().Packet(1_000, Spread)[7].Definition!;
        Assert.Equal(("ESZ6-ESH7", "ES", "ESA"), (definition.Symbol, definition.Group, definition.Asset));
        Assert.Equal((25L, 100L, 4_400L, 10, 2), (definition.TickSize, definition.DisplayFactor, definition.StrikePrice, definition.Depth, definition.ImpliedDepth));
        Assert.Equal((DefinitionFeeds.Outright | DefinitionFeeds.Implied, false), (definition.Feeds, definition.IsDeleted));
        Assert.Equal(("FFIXSX", "USD", "EUR", "FUT", "IPNT"), (definition.CfiCode, definition.Currency, definition.SettlementCurrency, definition.SecurityType, definition.UnitOfMeasure));
        Assert.Equal(new Maturity(0, 12, 18, 3), definition.Maturity);
        Assert.Equal([new InstrumentLeg(8, BookSide.Bid, 1, 0), new InstrumentLeg(9, BookSide.Ask, 2, 0)], definition.Legs);
    }

    [Fact]
    public void The_same_definition_again_makes_no_new_record()
    {
        var feed = new ShardDriver().Packet(1_000, Spread);
        var before = feed[7].Definition;
        Assert.Same(before, feed.Packet(1_001, Spread)[7].Definition);
    }

    [Fact]
    public void A_definition_is_changed_in_its_parts_and_deleted()
    {
        var feed = new ShardDriver().Packet(1_000, Spread);
        feed.Packet(1_001, Spread[0] with { Action = BookAction.Change, Price = 50 }, Spread[2], Spread[4]);
        Assert.Equal((50L, 1, 9u, "FFIXSX"), (feed[7].Definition!.TickSize, feed[7].Definition!.Legs.Count, feed[7].Definition!.Legs[0].Instrument, feed[7].Definition!.CfiCode));
        Assert.True(feed.Packet(1_002, Spread[0] with { Action = BookAction.Delete }, Spread[4])[7].Definition!.IsDeleted);
        Assert.False(feed.Packet(1_003, Spread)[7].Definition!.IsDeleted);
    }

    [Fact]
    public void A_status_of_a_group_is_one_of_each_of_its_instruments()
    {
        var feed = new ShardDriver().Packet(1_000, Spread).Packet(1_001, Best(8, 1, 100));
        feed.Packet(1_002, new MarketUpdate { Kind = UpdateKind.Status, Code = 21 }, Text(0, DefinitionTextPart.StatusGroup, new string('\0', 20) + "ES\0\0\0\0ESA"));
        Assert.Equal((21, 0), (feed[7].TradingStatus, feed[8].TradingStatus));
        feed.Packet(1_003, new MarketUpdate { Kind = UpdateKind.Status, Code = 17 }, Text(0, DefinitionTextPart.StatusGroup, new string('\0', 26) + "ESA"));
        Assert.Equal(17, feed[7].TradingStatus);
        feed.Packet(1_004, new MarketUpdate { Kind = UpdateKind.Status, Code = 2 }, Text(0, DefinitionTextPart.StatusGroup, new string('\0', 20) + "NQ"));
        Assert.Equal(17, feed[7].TradingStatus);
    }

    [Fact]
    public void A_status_that_only_tells_an_event_leaves_the_status()
    {
        var feed = new ShardDriver().Packet(1_000, new MarketUpdate { Kind = UpdateKind.Status, Instrument = 7, Code = 17 });
        Assert.Equal(17, feed.Packet(1_001, new MarketUpdate { Kind = UpdateKind.Status, Instrument = 7, Code = 103, Detail = 5 << 8 })[7].TradingStatus);
    }

    private static MarketUpdate Leg(uint leg, BookSide side, int ratio) =>
        new() { Kind = UpdateKind.DefinitionLeg, Instrument = 7, OrderId = leg, Side = side, Quantity = ratio };

    private static MarketUpdate Text(uint instrument, DefinitionTextPart part, string text)
    {
        var update = new MarketUpdate { Kind = UpdateKind.DefinitionText, Instrument = instrument, Code = (byte)part };
        Encoding.ASCII.GetBytes(text, update.Text);
        return update;
    }
}
