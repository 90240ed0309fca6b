using FeedHandler.Codecs;
using static FeedHandler.Transport.Tests.Rx.RxFixture;

namespace FeedHandler.Transport.Tests.Rx;

/// <summary>A channel whose lines bring nothing: when that is told, and what ends it.</summary>
public sealed class SilenceTests
{
    private const long LimitMs = 2_000;

    private readonly RxFixture _rx = new(silenceSeconds: 2);

    private ChannelReceiver Receiver => _rx.Receivers[0];

    [Fact]
    public void Silence_is_told_once_and_ends_with_the_packet_that_goes_on()
    {
        _rx.Incremental(5, 50);
        _rx.Take();
        Clock(LimitMs - 1);
        Assert.Empty(_rx.Take());
        Clock(LimitMs + 7);
        Clock(LimitMs + 8);
        Assert.Equal(["0 silent 5 at 2000"], _rx.Take());
        Assert.True(Receiver.Silence.IsSilent);
        _rx.Incremental(6, 60, nowNs: 4_000 * Ms);
        Assert.Equal(["0 heard 5 at 4000", "0 Heartbeat 6"], _rx.Take());
        Assert.Equal((1L, 4_000 * Ms, false), (Receiver.Silence.Silences, Receiver.Silence.SilentNs, Receiver.Silence.IsSilent));
    }

    [Fact]
    public void A_channel_that_was_never_heard_is_not_silent_yet()
    {
        Clock(1_000_000);
        Assert.Empty(_rx.Take());
    }

    [Fact]
    public void After_a_gap_the_silence_ends_behind_it()
    {
        _rx.Incremental(5, 50);
        Clock(LimitMs);
        _rx.Take();
        _rx.Incremental(8, 80, nowNs: 3_000 * Ms);

        // Whether the hole is a gap is open.
        Assert.Empty(_rx.Take());
        Receiver.OnIdle(3_021 * Ms);
        Assert.Equal(["0 gap 6-8 Loss", "0 heard 7 at 3000", "0 Heartbeat 8"], _rx.Take());
    }

    [Fact]
    public void A_packet_that_was_held_since_before_the_silence_does_not_end_it()
    {
        _rx.Incremental(5, 50);
        _rx.Incremental(7, 70);
        Clock(LimitMs);
        Receiver.OnIdle(LimitMs * Ms);
        Assert.Equal(["0 Heartbeat 5", "0 silent 5 at 2000", "0 gap 6-7 Loss", "0 Heartbeat 7"], _rx.Take());
        _rx.Incremental(8, 80, nowNs: 3_000 * Ms);
        Assert.Equal(["0 heard 7 at 3000", "0 Heartbeat 8"], _rx.Take());
    }

    [Fact]
    public void Late_copies_and_loops_do_not_end_a_silence()
    {
        _rx.Incremental(5, 50, line: 0);
        Clock(1_500);
        _rx.Incremental(5, 50, nowNs: 1_500 * Ms, line: 1);
        Receiver.OnPacket(FeedRole.Snapshot, 0, Packet(1, 60, Snapshot(lastPacket: 5)), 1_600 * Ms);
        _rx.Take();
        Clock(LimitMs);
        Assert.Equal(["0 silent 5 at 2000"], _rx.Take());
        _rx.Incremental(5, 50, nowNs: 2_500 * Ms, line: 1);
        Assert.Empty(_rx.Take());
        Assert.True(Receiver.Silence.IsSilent);
    }

    [Fact]
    public void A_forged_packet_does_not_end_a_silence()
    {
        _rx.Incremental(5, 50);
        Clock(LimitMs);
        _rx.Take();
        _rx.Incremental(0x8000_0000, 60, nowNs: 2_500 * Ms);
        Assert.Empty(_rx.Take());
        Assert.True(Receiver.Silence.IsSilent);
    }

    [Fact]
    public void A_session_that_starts_after_a_silence_comes_before_its_end()
    {
        _rx.Incremental(500, 50);
        Clock(LimitMs);
        _rx.Take();
        _rx.Incremental(1, 60, nowNs: 3_000 * Ms, line: 0);
        Assert.Empty(_rx.Take());
        _rx.Incremental(1, 60, nowNs: 3_000 * Ms, line: 1);
        Assert.Equal(["0 SessionStart 1", "0 heard 1 at 3000", "0 Heartbeat 1"], _rx.Take());
    }

    [Fact]
    public void A_silence_does_not_wait_for_a_gap_that_found_no_room_and_ends_behind_it()
    {
        uint sequence = 5;
        while (Receiver.Counters.RingFullPackets == 0) _rx.Incremental(sequence, sequence++);
        var told = _rx.Take();
        Clock(LimitMs);
        told = [.. told, .. _rx.Take()];
        Assert.Equal($"0 silent {sequence - 2} at 2000", told[^1]);
        Assert.Single(told, line => line.Contains("silent", StringComparison.Ordinal));

        // Nothing but the ring has changed: no line has brought anything.
        Receiver.OnIdle((LimitMs + 10) * Ms);
        Clock(LimitMs + 10);
        Assert.Equal([$"0 gap {sequence - 1}-{sequence} RingFull"], _rx.Take());
        _rx.Incremental(sequence, sequence, (LimitMs + 20) * Ms);
        Assert.Contains("heard", _rx.Take()[0], StringComparison.Ordinal);
    }

    [Fact]
    public void One_line_that_brings_nothing_is_seen_and_changes_nothing()
    {
        for (uint second = 0; second < 6; second++)
        {
            _rx.Incremental(5 + second, 50 + second, second * 1_000 * Ms, line: 0);
            Clock(second * 1_000);
        }

        Assert.All(_rx.Take(), line => Assert.Contains("Heartbeat", line, StringComparison.Ordinal));
        Assert.Equal((false, true, 1L), (Receiver.Silence.IsLineSilent(0), Receiver.Silence.IsLineSilent(1), Receiver.Silence.LineSilences));
        _rx.Incremental(10, 55, 5_500 * Ms, line: 1);
        Assert.False(Receiver.Silence.IsLineSilent(1));

        // Then both: it is the channel's silence, and no line's.
        Clock(9_000);
        Assert.Equal((false, false, 1L, true), (Receiver.Silence.IsLineSilent(0), Receiver.Silence.IsLineSilent(1), Receiver.Silence.LineSilences, Receiver.Silence.IsSilent));
    }

    [Theory]
    [InlineData(FeedProtocol.CmeMdp3, false, null, 45)]
    [InlineData(FeedProtocol.Itch50, false, null, 10)]
    [InlineData(FeedProtocol.Itch50, true, null, 0)]
    [InlineData(FeedProtocol.Itch50, true, 7, 7)]
    [InlineData(FeedProtocol.CmeMdp3, false, 0, 0)]
    public void Limit_is_the_configured_one_or_the_protocols(FeedProtocol protocol, bool raw, int? configured, int expected)
    {
        var channel = new ChannelDefinition { Name = "c", Protocol = protocol, Raw = raw, Incremental = new FeedLines(Line(0, 1), null), SilenceSeconds = configured };
        var silence = ChannelReceivers.Create(new FeedDefinition([channel]), _rx.Writer)[0].Silence;
        Assert.Equal(expected * 1_000 * Ms, silence.LimitNs);
        silence.OnHeard(0, 0);
        Assert.Equal(expected != 0, silence.Check(86_400_000 * Ms, out _));
    }

    /// <summary>An earlier look than asked for changes nothing, so a look at every moment is right, too.</summary>
    private void Clock(long nowMs) => Receiver.OnClock(nowMs * Ms, nowMs * Ms);
}
