using FeedHandler.Replay.Faults;

namespace FeedHandler.Replay.Tests.Faults;

public sealed class FaultTests
{
    private const int Packets = 100_000;

    [Fact]
    public void Independent_loss_hits_each_line_at_its_own_rate_and_both_at_the_product()
    {
        (bool[] a, bool[] b) = Losses(new IndependentLoss(0.1, 0.02, seed: 1));
        AssertRate(0.1, a);
        AssertRate(0.02, b);
        AssertRate(0.002, a.Zip(b, (x, y) => x && y));
    }

    [Fact]
    public void Bursts_have_the_given_mean_length_and_meet_on_both_lines()
    {
        (bool[] a, bool[] b) = Losses(new BurstLoss(burstChance: 0.001, meanPackets: 50, correlation: 1, seed: 2));
        double rate = Rate(a);
        Assert.InRange(rate, 0.02, 0.07); // 0.001 * 50, 90 % of it lost
        Assert.True(Rate(a.Zip(b, (x, y) => x && y)) > rate / 5, "correlated bursts overlap");

        (a, b) = Losses(new BurstLoss(burstChance: 0.001, meanPackets: 50, correlation: 0, seed: 2));
        Assert.True(Rate(a.Zip(b, (x, y) => x && y)) < Rate(a) / 5, "uncorrelated bursts seldom do");
    }

    [Fact]
    public void Fixed_gaps_lose_exactly_their_range()
    {
        (bool[] a, bool[] b) = Losses(new FixedGaps(new Gap(10, 13), new Gap(20, 21, Line.B)));
        Assert.Equal([10, 11, 12], Indexes(a));
        Assert.Equal([10, 11, 12, 20], Indexes(b));
    }

    [Fact]
    public void Dead_line_brings_nothing()
    {
        (bool[] a, bool[] b) = Losses(new DeadLine(Line.B));
        Assert.DoesNotContain(true, a);
        Assert.DoesNotContain(false, b);
    }

    [Fact]
    public void Duplicates_come_after_the_original()
    {
        List<Fate> fates = Fates(new Duplication(0.05, maxDelayNs: 1_000, seed: 3));
        AssertRate(0.05, fates.Select(f => f.Copies == 1));
        Assert.All(fates.Where(f => f.Copies > 0), f => Assert.InRange(f.CopyDelayNs, 1, 1_000));
        Assert.DoesNotContain(fates, f => f.IsLost);
    }

    [Fact]
    public void Delay_and_reordering_stay_within_their_bounds()
    {
        Assert.All(Fates(new Delay(0.1, 100, 200, seed: 4)).Where(f => f.DelayNs != 0), f => Assert.InRange(f.DelayNs, 100, 200));
        List<Fate> fates = Fates(new Reordering(0.1, maxPackets: 8, spacingNs: 1_000, seed: 5));
        AssertRate(0.1, fates.Select(f => f.DelayNs > 0));
        Assert.All(fates.Where(f => f.DelayNs > 0), f => Assert.InRange(f.DelayNs, 1_500, 8_500));
    }

    [Fact]
    public void Line_swap_ends_where_it_is_told_to()
    {
        var swap = new LineSwap(5, 7);
        bool[] swapped = Enumerable.Range(0, 10).Select(i => new FaultChain(swap).Decide(Packet(Line.A, i)).IsSwapped).ToArray();
        Assert.Equal([5, 6], Indexes(swapped));
    }

    [Fact]
    public void Damage_changes_or_cuts_every_packet_that_it_hits()
    {
        byte[] original = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
        int cut = 0;
        foreach (Fate fate in Fates(new Corruption(0.01, seed: 6)).Where(f => f.DamageSeed != 0))
        {
            byte[] payload = [.. original];
            int length = Corruption.Damage(payload, fate.DamageSeed);
            if (length < payload.Length) cut++;
            byte[] again = [.. original];
            Assert.Equal(length, Corruption.Damage(again, fate.DamageSeed));
            Assert.Equal(payload, again);
        }

        Assert.True(cut > 10);
    }

    [Fact]
    public void Faults_in_a_chain_do_not_disturb_each_other()
    {
        var alone = new IndependentLoss(0.1, 0.1, seed: 7);
        var chain = new FaultChain(new DeadLine(Line.A), new Duplication(0.5, 10, seed: 8), new IndependentLoss(0.1, 0.1, seed: 7));
        for (int i = 0; i < 1_000; i++)
        {
            Fate a = default, b = default;
            alone.Apply(Packet(Line.A, i), ref a);
            alone.Apply(Packet(Line.B, i), ref b);
            Assert.True(chain.Decide(Packet(Line.A, i)).IsLost);
            Assert.Equal(b.IsLost, chain.Decide(Packet(Line.B, i)).IsLost);
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_fates()
    {
        Func<IFault>[] makers =
        [
            () => new IndependentLoss(0.1, 0.2, 9), () => new BurstLoss(0.01, 10, 0.5, 9), () => new Duplication(0.1, 10, 9),
            () => new Delay(0.1, 1, 9, 9), () => new Reordering(0.1, 4, 9, 9), () => new Corruption(0.1, 9),
        ];
        foreach (Func<IFault> make in makers) Assert.Equal(Fates(make()), Fates(make()));
    }

    private static LinePacket Packet(Line line, int index) => new(line, index, (uint)index + 1, (ulong)index * 1_000);

    private static List<Fate> Fates(IFault fault)
    {
        var chain = new FaultChain(fault);
        var fates = new List<Fate>(2 * Packets);
        for (int i = 0; i < Packets; i++)
        {
            fates.Add(chain.Decide(Packet(Line.A, i)));
            fates.Add(chain.Decide(Packet(Line.B, i)));
        }

        return fates;
    }

    private static (bool[] A, bool[] B) Losses(IFault fault)
    {
        List<Fate> fates = Fates(fault);
        return (fates.Where((_, i) => i % 2 == 0).Select(f => f.IsLost).ToArray(), fates.Where((_, i) => i % 2 == 1).Select(f => f.IsLost).ToArray());
    }

    private static IEnumerable<int> Indexes(bool[] hits) => Enumerable.Range(0, hits.Length).Where(i => hits[i]);

    private static double Rate(IEnumerable<bool> hits) => hits.Average(hit => hit ? 1.0 : 0.0);

    private static void AssertRate(double expected, IEnumerable<bool> hits) => Assert.InRange(Rate(hits), expected * 0.7, expected * 1.3);
}
