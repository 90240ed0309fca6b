using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Pcap;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Synthetic;

/// <summary>What a generated capture holds.</summary>
public sealed record GenerateSummary(long Frames, long IncrementalPackets, long LostOnBothLines, long Trades, long BestPriceRows, long Bytes, ulong MarketTimeNs);

/// <summary>Runs the synthetic exchange into a capture file, with the expected results beside it.</summary>
public sealed class CaptureGenerator : IFeedSink, IDisposable
{
    private const int FeedCount = 4;

    /// <summary>From Friday evening to Sunday evening.</summary>
    private const ulong WeekendNs = 176_400_000_000_000;

    private readonly GenerateOptions _options;
    private readonly CmeChannel _channel;
    private readonly LineScheduler _lines;
    private readonly ExpectedResults _expected;
    private readonly FaultChain[] _faults = new FaultChain[FeedCount];
    private long _received;
    private long _lostOnBothLines;
    private long _trades;
    private bool _isCapturing;
    private bool _isSettling;

    private CaptureGenerator(GenerateOptions options, PcapWriter pcap, Stream bbo)
    {
        _options = options;
        var seed = new SeededRandom(options.Exchange.Seed ^ 0x5EED_0FFA_0170);
        var exchange = new SyntheticExchange(options.Exchange);
        _channel = new CmeChannel(exchange, options.Channel, seed.NextUInt64(), this);
        _expected = new ExpectedResults(exchange, options.ChannelName, bbo);
        _lines = new LineScheduler(new PcapSink(pcap, options.Channel.ChannelId), options.OnlyLineA, seed.NextUInt64());
        _faults[(int)CmeFeed.Incremental] = IncrementalFaults(options, seed);
        for (int feed = 1; feed < FeedCount; feed++)
        {
            _faults[feed] = new FaultChain(new IndependentLoss(options.SnapshotLoss, options.SnapshotLoss, seed.NextUInt64()));
        }
    }

    /// <summary>Writes PATH.pcap and, beside it, .books.csv, .orders.csv, .instruments.csv, .bbo.csv and .feed.json.</summary>
    /// <param name="options">What to generate.</param>
    /// <param name="progress">Told the number of incremental packets now and then.</param>
    public static GenerateSummary Run(GenerateOptions options, Action<long>? progress = null)
    {
        string stem = Path.Combine(Path.GetDirectoryName(options.Path) ?? "", Path.GetFileNameWithoutExtension(options.Path));
        GenerateSummary summary;
        using (var pcap = new PcapWriter(Create(options.Path)))
        {
            using var generator = new CaptureGenerator(options, pcap, Create(stem + ".bbo.csv"));
            summary = generator.Run(progress, pcap);
            generator._expected.WriteBooks(Create(stem + ".books.csv"));
            generator._expected.WriteOrders(Create(stem + ".orders.csv"));
            generator._expected.WriteInstruments(Create(stem + ".instruments.csv"));
        }

        using FileStream feed = Create(stem + ".feed.json");
        FeedAddresses.WriteFeedFile(feed, options);
        return summary with { Bytes = new FileInfo(options.Path).Length };
    }

    public void OnPacket(in FeedPacket packet)
    {
        if (!_isCapturing) return;
        FaultChain faults = _isSettling ? FaultChain.None : _faults[(int)packet.Feed];
        bool received = _lines.Send(packet, faults, firstIndex: packet.Feed == CmeFeed.Incremental ? _options.JoinAfter : 0);
        if (packet.Feed != CmeFeed.Incremental) return;
        _expected.OnIncremental(packet, _channel.Published, received);
        if (received) _trades += _channel.Published.Trades.Count;
        if (received) _received++;
        else _lostOnBothLines++;
    }

    public void Dispose() => _expected.Dispose();

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);

    private static FaultChain IncrementalFaults(GenerateOptions options, SeededRandom seed)
    {
        const long MinVeryLateNs = 30_000_000, MaxVeryLateNs = 1_000_000_000;
        const long MaxCopyDelayNs = 2_000_000, MinLateNs = 20_000, MaxLateNs = 1_000_000;
        return new FaultChain([
            new IndependentLoss(options.LossA, options.LossB, seed.NextUInt64()),
            new BurstLoss(options.BurstChance, options.MeanBurstPackets, options.BurstCorrelation, seed.NextUInt64()),
            new Duplication(options.DuplicateChance, MaxCopyDelayNs, seed.NextUInt64()),
            new Delay(options.ReorderChance, MinLateNs, MaxLateNs, seed.NextUInt64()),
            new Corruption(options.CorruptionChance, seed.NextUInt64()),
            new FixedGaps(options.Gaps),
            .. options.LineSwaps.Select(swap => new LineSwap(swap.From, swap.To)),
            .. options.LateChance > 0 ? [new Delay(options.LateChance, MinVeryLateNs, MaxVeryLateNs, seed.NextUInt64() ^ options.Exchange.Seed)] : (IFault[])[],
        ]);
    }

    private GenerateSummary Run(Action<long>? progress, PcapWriter pcap)
    {
        const int ProgressEvery = 1_000;
        while (_channel.IncrementalPackets < _options.JoinAfter) _channel.Step();
        _isCapturing = true;
        ulong startNs = _channel.Exchange.NextEventTimeNs;
        long end = _options.JoinAfter + _options.Packets;
        long packetsOfWeek = Math.Max(1, _options.Packets / _options.Weeks);
        long nextWeek = _options.Weeks > 1 ? _options.JoinAfter + packetsOfWeek : long.MaxValue;
        for (long next = 0; _channel.IncrementalPackets < end;)
        {
            if (_channel.IncrementalPackets >= nextWeek && end - nextWeek >= packetsOfWeek)
            {
                _channel.StartWeek(WeekendNs);
                nextWeek += packetsOfWeek;
            }

            _channel.Step();
            if (_channel.IncrementalPackets < next) continue;
            progress?.Invoke(_channel.IncrementalPackets - _options.JoinAfter);
            next = _channel.IncrementalPackets + ProgressEvery;
        }

        _isSettling = _options.Settle;
        if (_options.Settle) _channel.Settle();
        _channel.Flush();
        _lines.Drain();
        return new GenerateSummary(pcap.Frames, _received + _lostOnBothLines, _lostOnBothLines, _trades, _expected.BestPriceRows, Bytes: 0, _channel.NowNs - startNs);
    }

    private sealed class PcapSink(PcapWriter pcap, short channelId) : ILineSink
    {
        public void OnArrival(ulong timeNs, CmeFeed feed, Line line, ReadOnlySpan<byte> payload) =>
            pcap.Write(timeNs, FeedAddresses.Of(channelId, feed, line), payload);
    }
}
