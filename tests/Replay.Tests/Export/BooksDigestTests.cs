using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Tests.Export;

public sealed class BooksDigestTests
{
    private static readonly FeedResults Sample = SampleResults.Create();

    [Fact]
    public void Digest_is_the_hash_of_the_documented_text()
    {
        var one = new FeedResults { Channels = Sample.Channels, Levels = [Sample.Levels[3]], Orders = [Sample.Orders[2]] };

        // printf 'L|zeta|12|0|0|1|7587.5|3|2\nO|alpha|7|0|1|10|100|1|7\n' | sha256sum
        Assert.Equal("795098c77876411f1ac2c6e06c8102c05f5dd4dd7ba81f58f369633a6a60bd09", BooksDigest.Compute(one));
    }

    [Fact]
    public void Order_of_rows_states_and_counters_do_not_matter()
    {
        var other = Sample with
        {
            Levels = [.. Sample.Levels.Reverse().Select(row => row with { State = BookState.Recovering })],
            Orders = [.. Sample.Orders.Reverse().Select(row => row with { State = BookState.Live })],
            Gaps = [],
            Instruments = [],
            Updates = 1,
            ElapsedSeconds = 9,
        };

        Assert.Equal(BooksDigest.Compute(Sample), BooksDigest.Compute(other));
    }

    [Fact]
    public void Order_of_channels_in_the_feed_does_not_matter()
    {
        var swapped = Sample with
        {
            Channels = [.. Sample.Channels.Reverse()],
            Levels = [.. Sample.Levels.Select(row => row with { Channel = 1 - row.Channel })],
            Orders = [.. Sample.Orders.Select(row => row with { Channel = 1 - row.Channel })],
        };

        Assert.Equal(BooksDigest.Compute(Sample), BooksDigest.Compute(swapped));
    }

    [Fact]
    public void Every_part_of_a_level_matters()
    {
        var row = Sample.Levels[0];
        BookLevelResult[] others =
        [
            row with { Channel = 1 }, row with { Instrument = 13 }, row with { Book = BookKind.Outright, Level = 9 },
            row with { Side = BookSide.Ask }, row with { Level = 2 }, row with { Price = row.Price + 1 },
            row with { Quantity = 6 }, row with { Orders = 0 },
        ];

        AssertAllDiffer(others.Select(other => Sample with { Levels = [other, .. Sample.Levels.Skip(1)] }));
    }

    [Fact]
    public void Every_part_of_a_resting_order_matters()
    {
        var row = Sample.Orders[0];
        RestingOrderResult[] others =
        [
            row with { Channel = 0 }, row with { Instrument = 8 }, row with { Side = BookSide.Bid, Position = 3 }, row with { Position = 2 },
            row with { OrderId = 1 }, row with { Price = 0 }, row with { Quantity = 5 }, row with { Priority = 1 },
        ];

        AssertAllDiffer(others.Select(other => Sample with { Orders = [other, .. Sample.Orders.Skip(1)] }));
    }

    private static void AssertAllDiffer(IEnumerable<FeedResults> others)
    {
        string[] digests = [BooksDigest.Compute(Sample), .. others.Select(BooksDigest.Compute)];
        Assert.Distinct(digests);
    }
}
