using FeedHandler.Actors;

namespace FeedHandler.Simulation;

/// <summary>S1 and S3: many seeds with every kind of fault, and the same seed twice.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private const int Seeds = 2_000;

    /// <summary>10 000 events on average.</summary>
    private const int Steps = 13_500;

    [Fact]
    public void S1_no_book_that_says_Live_is_wrong_and_every_book_heals()
    {
        var campaign = new Campaign(Steps, FaultKinds.All, Environment.ProcessorCount);
        campaign.Run(1, Seeds);
        output.WriteLine(campaign.Sightings.ToString());
        Assert.Empty(campaign.Failures);
        AssertSawEverything(campaign.Sightings);
    }

    [Fact]
    public void S3_a_seed_gives_the_same_output_every_time()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var scenario = Scenario.Draw(seed, 600, FaultKinds.All);
            Assert.Equal(SimulationRun.Execute(scenario).OutputHash, SimulationRun.Execute(scenario).OutputHash);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_audit_finds_a_corrupted_book_and_it_heals(bool orders)
    {
        long found = 0;
        for (ulong seed = 1; seed <= 25; seed++)
        {
            var scenario = Scenario.Draw(seed, 1_500, FaultKinds.Duplicates) with { CorruptAtStep = 1_000, CorruptsOrders = orders, NaturalRefresh = false, HasSubscribers = false };
            var result = SimulationRun.Execute(scenario);
            Assert.True(result.Failure is null, $"seed {seed}: {result.Failure}");
            found += result.Sightings["audit: differences"];
        }

        // An update may put a wrong level right before the next image comes.
        Assert.InRange(found, orders ? 20 : 8, 25 * 2);
    }

    /// <summary>What was never seen was never tested.</summary>
    private static void AssertSawEverything(Sightings seen)
    {
        Assert.All(
            new (string What, long AtLeast)[]
            {
                ("events", 10_000 * Seeds),
                ("gaps: Loss", 10_000),
                ("gaps: Malformed", 1_000),
                ("gaps: RingFull", 50),
                ("books: recoveries", 20_000),
                ("books: joins", 5_000),
                ("books: snapshots too old", 200),
                ("books: instrument gaps", 20),
                ("books: buffered updates overwritten", 100),
                ("channel resets", 500),
                ("session starts", 500),
                ("sessions of the venue", 500),
                ("session starts inside a gap", 100),
                ("subscribers: levels compared", 1_000_000),
                ("subscribers: orders compared", 1_000_000),
                ("subscribers: mirrors equal at the end", 3_000),
                ("subscribers: images", 100_000),
                ("subscribers: conflations", 10_000),
                ("subscribers: updates conflated", 100_000),
                ("subscribers: late joins", 500),
                ("subscribers: renewals", 100),
                ("subscribers: cut off", 500),
                ("wraps of the sequence", 200),
                ("late joins", 300),
                ("outages", 500),
                ("silences of the incremental feed", 500),
                ("silences told", 500),
                ("silences of one line", 200),
                ("forged packets", 500),
                ("forged images", 500),
                ("malformed packets", 1_000),
                ("lines: duplicates", 100_000),
                ("lines: late", 1_000),
                ("lines: reordered", 5_000),
                ("lines: outliers confirmed", 500),
                ("arbiter: released from the window", 20_000),
                ("arbiter: forced gaps", 100),
                ("naturally refreshed books compared", 1_000),
                ("audit: level images compared", 100_000),
                ("audit: order images compared", 10_000),
                ("audit: levels compared with orders", 100_000),
                (Sightings.Name(StateReason.SequenceProven, BookType.ByPrice, BookState.Live), 1_000),
                (Sightings.Name(StateReason.SequenceProven, BookType.ByOrder, BookState.Live), 100),
                (Sightings.Name(StateReason.Silence, BookType.ByPrice, BookState.Stale), 500),
                (Sightings.Name(StateReason.Silence, BookType.ByOrder, BookState.Stale), 500),
                (Sightings.Name(StateReason.Snapshot, BookType.ByPrice, BookState.Live), 10_000),
                (Sightings.Name(StateReason.Snapshot, BookType.ByOrder, BookState.Live), 10_000),
                (Sightings.Name(StateReason.Reset, BookType.ByPrice, BookState.Live), 200),
                (Sightings.Name(StateReason.SessionStart, BookType.ByOrder, BookState.Live), 500),
            },
            expected => Assert.True(seen[expected.What] >= expected.AtLeast, $"{expected.What}: {seen[expected.What]}, at least {expected.AtLeast} expected"));
    }
}
