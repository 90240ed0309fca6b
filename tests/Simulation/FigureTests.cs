using FeedHandler.Actors;

namespace FeedHandler.Simulation;

/// <summary>The figures of docs/reliability.md, at the size that every push can afford.</summary>
public sealed class FigureTests(ITestOutputHelper output)
{
    /// <summary>About 110 000 packets.</summary>
    private const int Steps = 250_000;

    [Theory]
    [InlineData(0.0001, Steps, 0)]
    [InlineData(0.001, Steps, 0)]
    [InlineData(0.01, 10 * Steps, 80)]
    [InlineData(0.05, Steps, 100)]
    [InlineData(0.2, Steps, 1_000)]
    public void L1_independent_loss_on_both_lines_leaves_no_wrong_Live_book(double loss, int steps, long atLeastGaps)
    {
        var result = Passed(Figures.IndependentLoss(loss, steps));
        Assert.InRange(result.Sightings["gaps: Loss"], atLeastGaps, long.MaxValue);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(1.0)]
    public void L2_loss_on_one_line_is_invisible(double loss)
    {
        var lossless = Passed(Figures.Lossless(Steps / 4));
        var result = Passed(Figures.LossOnOneLine(loss, Steps / 4));
        Assert.Equal(0, result.Sightings["gaps: Loss"]);
        Assert.NotEqual(0, result.Sightings["lines: lost"] + (loss >= 1 ? 1 : 0));
        Assert.Equal(lossless.Sightings["updates"], result.Sightings["updates"]);
        Assert.Equal(lossless.BooksHash, result.BooksHash);
    }

    [Fact]
    public void L3_bursts_reordering_duplicates_and_late_packets_leave_no_wrong_Live_book()
    {
        var seen = Passed(Figures.Bursts(Steps)).Sightings;
        Assert.InRange(seen["gaps: Loss"], 20, long.MaxValue);
        Assert.InRange(seen["lines: late"], 20, long.MaxValue);
        Assert.InRange(seen["lines: reordered"], 100, long.MaxValue);
        Assert.InRange(seen["books: recoveries"], 1_000, long.MaxValue);
        Assert.InRange(seen[Sightings.Name(StateReason.SequenceProven, BookType.ByPrice, BookState.Live)], 100, long.MaxValue);
    }

    [Fact]
    public void L4_books_recover_although_the_loops_lose_a_fifth()
    {
        var seen = Passed(Figures.LossyLoops(Steps)).Sightings;
        Assert.InRange(seen["books: recoveries"], 1_000, long.MaxValue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void L5_forged_packets_do_not_even_make_a_book_stale(bool halfWay)
    {
        var seen = Passed(halfWay ? Figures.ForgedHalfWay(0.01, Steps / 2) : Figures.Forged(Steps)).Sightings;
        Assert.InRange(seen["forged packets"], 100, long.MaxValue);
        Assert.Equal(0, seen["gaps: Loss"]);
        Assert.Equal(0, seen["session starts"]);
        Assert.Equal(0, CommandLine.Distrusted(seen));
    }

    [Theory]
    [InlineData(RestartKind.ChannelReset, "channel resets")]
    [InlineData(RestartKind.BookReset, "instrument resets")]
    [InlineData(RestartKind.NewSession, "sessions of the venue")]
    [InlineData(RestartKind.Wrap, "wraps of the sequence")]
    [InlineData(RestartKind.WeeklyRestart, "sessions of the venue")]
    public void R1_restarts_leave_no_wrong_Live_book_and_no_false_gap(RestartKind kind, string sighting)
    {
        var campaign = Figures.Restarts(kind, seeds: 200, Environment.ProcessorCount);
        output.WriteLine(campaign.Sightings.ToString());
        Assert.Empty(campaign.Failures);
        Assert.InRange(campaign.Sightings[sighting], 200, long.MaxValue);
        Assert.InRange(campaign.Sightings["gaps: Loss"], 100, long.MaxValue);
    }

    private RunResult Passed(RunResult result)
    {
        output.WriteLine(result.Sightings.ToString());
        Assert.Null(result.Failure);
        return result;
    }
}
