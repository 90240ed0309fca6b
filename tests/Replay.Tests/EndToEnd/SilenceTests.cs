using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Tests.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.EndToEnd;

/// <summary>A capture with a pause in it: the books are Stale for so long, and nothing else changes.</summary>
public sealed class SilenceTests
{
    private const long Second = 1_000_000_000;

    /// <summary>Where all books of the capture are Live.</summary>
    private const double PauseAt = 0.8;

    [Theory]
    [InlineData(1, 50, null, 1)]
    [InlineData(3, 50, null, 1)]
    [InlineData(2, 44, null, 0)]
    [InlineData(1, 50, 0, 0)]
    [InlineData(1, 50, 60, 0)]
    [InlineData(1, 4, 3, 1)]
    public void A_pause_makes_the_books_Stale_until_the_feed_goes_on(int shards, int pauseSeconds, int? configured, int silences)
    {
        var (whole, expected) = Play(Frames(0), shards, configured);
        Assert.Equal(0, whole.Silences);
        var (silence, seen) = Play(Frames(pauseSeconds * Second), shards, configured);

        Assert.Equal(silences, silence.Silences);
        Assert.Equal((double)(silences * pauseSeconds), silence.SilentNs / 1e9, tolerance: 1);
        Assert.Equal(expected.Books, seen.Books);
        Assert.Equal(expected.Sequence, seen.Sequence);
        Assert.InRange(seen.Live, 10, int.MaxValue);
        Assert.Equal(silences * seen.Live, seen.Silenced);
        Assert.Equal(seen.Silenced, seen.Healed);
        Assert.Equal(0, seen.StillLive);
    }

    [Fact]
    public void A_channel_whose_incremental_feed_was_never_heard_has_no_Live_book()
    {
        var feed = FeedFile.Load(Pcaps.PathOf("demo.feed.json"));
        feed = feed with { Channels = [feed.Channels[0] with { Incremental = new FeedLines(new LineAddress(0xE000_0001, 1), null) }] };
        using var pipeline = new DirectPipeline<Watch>(feed, new MemorySource(Frames(0)), new Watch(new Seen()), 1).Run();
        Assert.Equal(0, pipeline.Receivers[0].Arbiter.CountersOf(0).Received);
        Assert.NotEmpty(pipeline.Instruments);
        Assert.All(pipeline.Instruments, instrument => Assert.NotEqual(BookState.Live, instrument.State));
    }

    private static List<(byte[] Bytes, long TimeNs, LinkType Link)> Frames(long pauseNs)
    {
        var frames = MemorySource.Read(Pcaps.PathOf("demo.pcap"));
        var pause = (int)(frames.Count * PauseAt);
        return [.. frames.Select((frame, i) => i < pause ? frame : frame with { TimeNs = frame.TimeNs + pauseNs })];
    }

    private static (SilenceWatch Silence, Seen Seen) Play(IReadOnlyList<(byte[] Bytes, long TimeNs, LinkType Link)> frames, int shards, int? configured)
    {
        var feed = FeedFile.Load(Pcaps.PathOf("demo.feed.json"));
        feed = feed with { Channels = [feed.Channels[0] with { SilenceSeconds = configured }] };
        var seen = new Seen();
        using var pipeline = new DirectPipeline<Watch>(feed, new MemorySource(frames), new Watch(seen), shards).Run();
        seen.Books = [.. pipeline.Instruments.OrderBy(i => i.Id).Select(i => $"{i.Id} {i.LevelState} {i.OrderState} {i.Gaps} {BookText.Of(i)}")];
        seen.Live = pipeline.Instruments.Sum(i => (i.LevelState == BookState.Live ? 1 : 0) + (i.Orders is not null && i.OrderState == BookState.Live ? 1 : 0));
        seen.Sequence = pipeline.Receivers[0].Arbiter.NextSequence;
        return (pipeline.Receivers[0].Silence, seen);
    }

    private sealed class Seen
    {
        public int Silenced;
        public int Healed;
        public int StillLive;
        public int Live;
        public ulong Sequence;
        public List<string> Books = [];
    }

    private readonly struct Watch(Seen seen) : IShardListener
    {
        public bool WantsPackets => false;

        public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason)
        {
            var now = book == BookType.ByPrice ? instrument.LevelState : instrument.OrderState;
            if (reason == StateReason.Silence)
            {
                seen.Silenced++;
                if (before != BookState.Live || now != BookState.Stale) seen.StillLive++;
            }
            else if (before == BookState.Stale && now == BookState.Live && reason == StateReason.SequenceProven)
            {
                seen.Healed++;
            }
        }

        public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

        public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

        public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

        public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

        public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

        public void OnFlush(in MarketUpdate last) { }
    }
}
