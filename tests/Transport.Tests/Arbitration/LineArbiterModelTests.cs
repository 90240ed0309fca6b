using System.Buffers.Binary;

namespace FeedHandler.Transport.Tests;

/// <summary>Random lines against a naive model: what arrived is delivered once and in order, and the gaps are exactly the rest.</summary>
public sealed class LineArbiterModelTests
{
    private sealed record Faults
    {
        public double Loss { get; init; }
        public double Duplicates { get; init; }
        public int ReorderPackets { get; init; }
        public int LagPackets { get; init; }
        public double Late { get; init; }
        public double Forged { get; init; }
        public double Heartbeats { get; init; }
        public int MaxCount { get; init; } = 1;
        public bool IsTimed { get; init; } = true;
        public ulong First { get; init; } = 1;
        public int Packets { get; init; } = 4000;
    }

    private readonly record struct Arrival(double Time, int Line, ulong Position, uint Count, ulong SendingTimeNs, bool IsForged);

    private long _gaps, _outliers, _duplicates, _late, _reordered, _overlaps;

    [Theory]
    [InlineData(0.0001)]
    [InlineData(0.01)]
    [InlineData(0.05)]
    [InlineData(0.2)]
    public void Independent_loss_gives_exactly_the_joint_gaps(double loss)
    {
        Run(50, loss >= 0.05 ? 200 : loss >= 0.01 ? 10 : 0, new Faults { Loss = loss, LagPackets = 30 }, new LineArbiterOptions());
    }

    [Fact]
    public void One_line_may_lose_everything_it_likes()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var arrivals = Arrivals(new Random(seed), 0, new Faults(), 0);
            arrivals.AddRange(Arrivals(new Random(seed), 1, new Faults { Loss = 0.05 * seed, ReorderPackets = 64, Duplicates = 0.1 }, 0));
            Check(seed, arrivals, new Faults(), new LineArbiterOptions(), isExact: true);
        }

        Assert.Equal(0, _gaps);
    }

    [Fact]
    public void Reordering_by_64_duplicates_and_lag_lose_nothing_that_arrived()
    {
        Run(50, 100, new Faults { Loss = 0.03, ReorderPackets = 64, Duplicates = 0.05, LagPackets = 40 }, new LineArbiterOptions());
        Assert.True(_reordered > 1000 && _duplicates > 1000);
    }

    [Fact]
    public void The_wrap_of_32_bits_is_like_any_other_place()
    {
        Run(50, 50, new Faults { Loss = 0.05, ReorderPackets = 20, LagPackets = 10, First = uint.MaxValue - 700, Packets = 1500 }, new LineArbiterOptions());
    }

    [Fact]
    public void Forged_jumps_one_in_a_thousand_change_nothing()
    {
        var faults = new Faults { Loss = 0.02, LagPackets = 30, Forged = 0.001 };
        Run(100, 100, faults, new LineArbiterOptions());
        Assert.True(_outliers > 500);
        Run(50, 40, faults with { IsTimed = false }, new LineArbiterOptions());
        Run(50, 40, faults with { IsTimed = false }, new LineArbiterOptions { SequenceBits = 64 });
    }

    [Fact]
    public void Packets_of_many_messages_that_overlap_between_lines_come_out_once()
    {
        Run(50, 100, new Faults { Loss = 0.05, ReorderPackets = 16, LagPackets = 16, MaxCount = 9, IsTimed = false, Heartbeats = 0.02 }, new LineArbiterOptions { SequenceBits = 64 });
        Assert.True(_overlaps > 1000);
    }

    [Fact]
    public void Whatever_the_limits_each_sequence_is_delivered_or_in_one_gap()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var faults = new Faults
            {
                Loss = random.NextDouble() * 0.4,
                Duplicates = 0.1,
                ReorderPackets = random.Next(200),
                LagPackets = random.Next(400),
                Late = 0.01,
                Heartbeats = 0.02,
                MaxCount = random.Next(2) == 0 ? 1 : 6,
                IsTimed = random.Next(2) == 0,
                Packets = 1500,
            };
            var options = new LineArbiterOptions
            {
                ReorderWindowPackets = random.Next(1, 40),
                LineReorderPackets = random.Next(20),
                ReorderTimeoutNs = random.Next(200_000),
                LineSilenceNs = random.Next(200_000),
                MaxJump = (uint)random.Next(20, 2000),
                SlotBytes = 64,
            };
            var arrivals = Arrivals(random, 0, faults, 0);
            arrivals.AddRange(Arrivals(random, 1, faults, faults.LagPackets));
            Check(seed, arrivals, faults, options, isExact: false);
        }

        Assert.True(_gaps > 1000 && _late > 1000);
    }

    [Fact]
    public void Restart_at_any_point_is_one_new_session_and_keeps_all_its_packets()
    {
        var viaAhead = 0;
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var first = (ulong)random.NextInt64(1, random.Next(2) == 0 ? uint.MaxValue : 1L << random.Next(4, 32));
            var old = new Faults { Loss = 0.01, ReorderPackets = 10, First = first, Packets = random.Next(20, 400) };
            var fresh = old with { Loss = 0, First = 1, Packets = 500 };
            var lag = random.Next(40);
            const double Pause = 30;
            var arrivals = new List<Arrival>();
            for (var line = 0; line < 2; line++)
            {
                arrivals.AddRange(Arrivals(random, line, old, line * lag));
                // Reordering does not cross the border within one line; the other line lags across it.
                foreach (var a in Arrivals(random, line, fresh, line * lag))
                    arrivals.Add(a with { Time = a.Time + old.Packets + Pause + (a.Time < 0 ? 1 : 0), SendingTimeNs = a.SendingTimeNs + 1_000_000_000 });
            }

            arrivals.Sort((a, b) => (a.Time, a.Line, a.Position).CompareTo((b.Time, b.Line, b.Position)));
            var arbiter = new LineArbiter(new LineArbiterOptions());
            var sessions = 0;
            var cursor = 0UL;
            foreach (var a in arrivals)
            {
                var now = (long)(a.Time * 1000);
                var verdict = arbiter.Offer(a.Line, a.Position & uint.MaxValue, 1, a.SendingTimeNs, now, [], out _);
                if (verdict == ArbiterVerdict.Deliver) Take(a.Position & uint.MaxValue, a.SendingTimeNs);
                Drain(now);
            }

            arbiter.Flush();
            Drain(long.MaxValue / 2);
            Assert.True(sessions == 1 && cursor == 501, $"seed {seed}: {sessions} restarts, ends at {cursor}");
            Assert.Equal(1, arbiter.Counters.Sessions);
            Assert.True(arbiter.Counters.LostSequences < 400, $"seed {seed}: {arbiter.Counters.LostSequences} lost");
            if (first > 1U << 31) viaAhead++;

            void Take(ulong sequence, ulong sentNs)
            {
                Assert.Equal(sentNs >= 1_000_000_000, sessions == 1);
                if (sessions == 0) return;
                Assert.True(sequence == cursor, $"seed {seed}: {sequence} delivered at {cursor}");
                cursor++;
            }

            void Drain(long now)
            {
                for (var kind = arbiter.Next(now, out var e); kind != ArbiterEventKind.None; kind = arbiter.Next(now, out e))
                {
                    if (kind == ArbiterEventKind.Packet) Take(e.Sequence, e.SendingTimeNs);
                    if (kind == ArbiterEventKind.Gap) Assert.Equal(0, sessions);
                    if (kind != ArbiterEventKind.SessionStart) continue;
                    sessions++;
                    cursor = e.Sequence;
                    Assert.Equal(1UL, cursor);
                }
            }
        }

        Assert.True(viaAhead > 25);
    }

    private void Run(int seeds, int minimumGaps, Faults faults, LineArbiterOptions options)
    {
        _gaps = 0;
        for (var seed = 0; seed < seeds; seed++)
        {
            var random = new Random(seed);
            var arrivals = Arrivals(random, 0, faults, 0);
            arrivals.AddRange(Arrivals(random, 1, faults, faults.LagPackets));
            Check(seed, arrivals, faults, options, isExact: true);
        }

        // A test that met no gap would prove nothing.
        Assert.True(_gaps >= minimumGaps, $"only {_gaps} gaps");
    }

    /// <summary>What one line brings. Lines of many messages cut the stream differently, so that packets overlap.</summary>
    private static List<Arrival> Arrivals(Random random, int line, Faults faults, int lag)
    {
        var list = new List<Arrival>();
        var position = faults.First;
        for (var i = 0; i < faults.Packets; i++)
        {
            var count = faults.MaxCount == 1 ? 1u : (uint)random.Next(1, faults.MaxCount + 1);
            var time = (double)(position - faults.First) + lag;
            var sent = faults.IsTimed ? 1_000_000 + position - faults.First : 0;
            // The first packet always arrives, on line 0, so that the model knows where the stream starts.
            var isFirst = i == 0;
            if (isFirst ? line == 0 : random.NextDouble() >= faults.Loss)
            {
                var arrival = isFirst ? -1 : time + random.NextDouble() * faults.ReorderPackets;
                if (!isFirst && random.NextDouble() < faults.Late) arrival += 2000 * random.NextDouble();
                list.Add(new(arrival, line, position, count, sent, false));
                if (random.NextDouble() < faults.Duplicates) list.Add(new(arrival + random.NextDouble() * faults.ReorderPackets, line, position, count, sent, false));
                if (random.NextDouble() < faults.Forged)
                {
                    var jump = random.Next(3) switch { 0 => 1UL << 31, 1 => (ulong)random.NextInt64(20_000, 1L << 31), _ => (1UL << 32) - 20_000 };
                    list.Add(new(arrival + 0.5, line, position + jump, count, sent, true));
                }
            }

            position += count;
            if (random.NextDouble() < faults.Heartbeats) list.Add(new(time + count + faults.ReorderPackets, line, position, 0, sent, false));
        }

        return list;
    }

    private void Check(int seed, List<Arrival> arrivals, Faults faults, LineArbiterOptions options, bool isExact)
    {
        arrivals.Sort((a, b) => (a.Time, a.Line, a.Position).CompareTo((b.Time, b.Line, b.Position)));
        var mask = options.SequenceBits == 32 ? uint.MaxValue : ulong.MaxValue;
        var arrived = new HashSet<ulong>();
        var end = faults.First;
        foreach (var a in arrivals)
        {
            if (a.IsForged) continue;
            for (var p = a.Position; p < a.Position + a.Count; p++) arrived.Add(p);
            end = Math.Max(end, a.Position + a.Count);
        }

        var arbiter = new LineArbiter(options);
        var cursor = faults.First;
        var accepted = 0L;
        var payload = new byte[64];
        foreach (var a in arrivals)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(payload, a.Position);
            var now = (long)(a.Time * 1000);
            if (arbiter.Offer(a.Line, a.Position & mask, a.Count, a.SendingTimeNs, now, payload, out var skip) == ArbiterVerdict.Deliver)
            {
                Assert.False(a.IsForged, $"seed {seed}: forged packet delivered");
                Take(a.Position, a.Count, skip);
            }

            Drain(now);
        }

        arbiter.Flush();
        Drain(long.MaxValue / 2);

        if (isExact) Assert.True(cursor == end, $"seed {seed}: stream ends at {cursor} instead of {end}");
        ref readonly var counters = ref arbiter.Counters;
        Assert.Equal(0, counters.NotDrained);
        Assert.Equal(0, counters.Sessions);
        var total = 0L;
        for (var line = 0; line < 2; line++)
        {
            ref readonly var c = ref arbiter.CountersOf(line);
            total += c.Received - c.Duplicates - c.Late - c.Heartbeats - c.Outliers + c.Confirmed;
            _outliers += c.Outliers;
            _duplicates += c.Duplicates;
            _late += c.Late;
            _reordered += c.Reordered;
            Assert.True(c.LineLoss >= 0);
        }

        // Nothing disappears uncounted.
        Assert.True(total - counters.Contradicted == accepted, $"seed {seed}: {total} packets accounted for, {accepted} delivered");
        _gaps += counters.Gaps;

        void Take(ulong position, uint count, uint skip)
        {
            Assert.True(position + skip == cursor && skip < count, $"seed {seed}: {position}+{count}/{skip} delivered at {cursor}");
            if (skip > 0) _overlaps++;
            cursor = position + count;
            accepted++;
        }

        void Drain(long now)
        {
            for (var kind = arbiter.Next(now, out var e); kind != ArbiterEventKind.None; kind = arbiter.Next(now, out e))
            {
                if (kind == ArbiterEventKind.Packet)
                {
                    var position = BinaryPrimitives.ReadUInt64LittleEndian(arbiter.Payload(e));
                    Assert.Equal(position & mask, e.Sequence);
                    Take(position, (uint)e.Count, e.Skip);
                    continue;
                }

                Assert.Equal(ArbiterEventKind.Gap, kind);
                Assert.True(e.From == (cursor & mask) && e.To == ((cursor + e.Count) & mask), $"seed {seed}: gap [{e.From},{e.To}) at {cursor}");
                if (isExact)
                {
                    for (var p = cursor; p < cursor + e.Count; p++) Assert.False(arrived.Contains(p), $"seed {seed}: {p} in a gap, but it arrived");
                }

                cursor += e.Count;
            }
        }
    }
}
