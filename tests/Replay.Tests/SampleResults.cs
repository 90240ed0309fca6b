using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Tests;

/// <summary>A small run with one of everything, its rows deliberately out of order.</summary>
internal static class SampleResults
{
    public static FeedResults Create() => new()
    {
        Channels =
        [
            new ChannelResult
            {
                Name = "zeta",
                PriceExponent = -9,
                Lines = [new("incremental", "a", "1.1.1.1:1", 10, 6, 4, 0), new("incremental", "b", "1.1.1.1:2", 9, 3, 5, 1)],
                Packets = 19,
                PacketsUsed = 9,
                LostPackets = 6,
                Anomalies = new Dictionary<string, long> { ["outliers"] = 3, ["ring_full_packets"] = 0 },
                Messages = [new("46", "Book46", 7), new("4", "ChannelReset4", 1)],
                Malformed = new Dictionary<string, long> { ["truncated_group"] = 2 },
                Unknown = 1,
                Recoveries = 2,
                Silences = 2,
                SilentSeconds = 93.5,
            },
            new ChannelResult
            {
                Name = "alpha",
                PriceExponent = -4,
                SequenceUnit = "messages",
                Requests = new(12, 400, 390, 9, 8, 1),
                Lines = [new("incremental", "a", "1.1.1.1:3", 5, 5, 0, 0)],
                Packets = 6,
                PacketsUsed = 4,
                Anomalies = new Dictionary<string, long> { ["outliers"] = 1, ["ring_full_packets"] = 0 },
                Messages = [new("46", "Book46", 3)],
                Malformed = new Dictionary<string, long> { ["truncated_group"] = 1, ["bad_size"] = 1 },
            },
        ],
        Gaps = [new(0, 20, 25, GapReason.RingFull), new(0, 7, 8, GapReason.Loss)],
        Instruments =
        [
            new(0, 12, "ES\"H6", BookState.Live, 99, 0, 3, 30, 1, 1),
            new(1, 7, "A,B", BookState.Stale, 5, 2, 0, 0, 0, 0),
            new(0, 3, "", BookState.NaturallyRefreshed, 1, 0, 0, 0, 2, 1),
        ],
        Levels =
        [
            new(0, 12, BookKind.Implied, BookState.Live, BookSide.Bid, 1, 7_587_250_000_000, 5, -1),
            new(0, 12, BookKind.Outright, BookState.Live, BookSide.Ask, 1, 7_587_750_000_000, 2, 1),
            new(0, 12, BookKind.Outright, BookState.Live, BookSide.Bid, 2, 7_587_000_000_000, 8, 4),
            new(0, 12, BookKind.Outright, BookState.Live, BookSide.Bid, 1, 7_587_500_000_000, 3, 2),
            new(0, 3, BookKind.Outright, BookState.NaturallyRefreshed, BookSide.Ask, 1, -250_000_000, 1, 1),
            new(1, 7, BookKind.Outright, BookState.Stale, BookSide.Bid, 1, 1_000_000, 1, 1),
        ],
        Orders =
        [
            new(1, 7, BookState.Stale, BookSide.Ask, 1, ulong.MaxValue, 1_000_100, 4, 9),
            new(1, 7, BookState.Stale, BookSide.Bid, 2, 11, 1_000_000, 2, 8),
            new(1, 7, BookState.Stale, BookSide.Bid, 1, 10, 1_000_000, 1, 7),
        ],
        Anomalies = new Dictionary<string, long> { ["shard_restarts"] = 2, ["source_drops"] = 0 },
        Frames = 30,
        DroppedFrames = new Dictionary<string, long> { ["not_udp"] = 4, ["other_address"] = 2 },
        Updates = 40,
        ElapsedSeconds = 0.5,
        AllocatedBytesHotPath = 0,
    };
}
