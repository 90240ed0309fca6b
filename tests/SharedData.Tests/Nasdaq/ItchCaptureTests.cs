using FeedHandler.Actors;
using FeedHandler.SharedData.Tests.Captures;
using FeedHandler.Transport;

namespace FeedHandler.SharedData.Tests.Nasdaq;

public class ItchCaptureTests
{
    [Fact]
    public async Task Raw_file_whose_lengths_are_empty_plays_by_type()
    {
        var results = await Play("nasdaq/itch50-synthetic-12012.bin");
        var channel = Assert.Single(results.Channels);
        Assert.Equal(
            "A 4997, D 1745, E 198, F 3, H 3, P 5000, R 3, S 6, U 12, X 45",
            string.Join(", ", channel.Messages.OrderBy(row => row.Template, StringComparer.Ordinal).Select(row => $"{row.Template} {row.Count}")));
        Assert.Equal(0, channel.Unknown);
        Assert.Empty(channel.Malformed);

        // By an independent script: messages that name an unknown order are ignored, and make the book Stale.
        Assert.Equal(3204, results.Orders.Count);
        Assert.Equal([(1u, 1912L, 95_922L), (2, 1811, 581_862), (3, 1475, 58_146)],
            results.Instruments.OrderBy(row => row.Instrument).Select(row => (row.Instrument, row.Trades, row.TradeVolume)));
        Assert.All(results.Instruments, row => Assert.Equal(BookState.Stale, row.State));
    }

    [Fact]
    public async Task Real_directory_gives_every_symbol()
    {
        var results = await Play("nasdaq/itch50-directory-1000.bin");
        Assert.Equal(1000, results.Channels[0].Messages.Sum(row => row.Count));
        Assert.Equal(993, results.Channels[0].Messages.Single(row => row.Template == "R").Count);
        Assert.All(results.Instruments, row => Assert.NotEmpty(row.Symbol));
        Assert.All(results.Instruments, row => Assert.Equal(BookState.Live, row.State));
    }

    private static async Task<FeedResults> Play(string capture)
    {
        var channel = new ChannelDefinition
        {
            Name = "nasdaq",
            Protocol = FeedProtocol.Itch50,
            Raw = true,
            Incremental = new FeedLines(BinaryFileSource.Address, null),
        };
        using var run = new FeedEngine().Start(new FeedRunOptions { Feed = new FeedDefinition([channel]), Captures = [SharedCaptures.PathOf(capture)] });
        return await run.Completion;
    }
}
