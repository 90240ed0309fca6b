using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Fetches an image of a channel's order books when its feed alone cannot make them right, and writes it into the ring.</summary>
/// <remarks>
/// <para>
/// The feed goes on meanwhile: the shards buffer its updates and stage what comes of the image. The image counts once the
/// feed has reached it; then the shards are told to take it over, some instruments at a time, so that no shard stops for
/// long. An image that lacks what was lost, or is further back than the shards' buffers reach, is rejected.
/// </para>
/// <para>
/// It takes less than half of the ring, and does little at a time: live packets go first. Owned by one RX core.
/// </para>
/// </remarks>
internal sealed class ImageReceiver<TDecoder> : IDisposable
    where TDecoder : struct, IPacketDecoder
{
    /// <summary>How often the connection is looked at: at most some percent of the core's time go there.</summary>
    private const ulong LookEveryNs = 50_000;

    /// <summary>Batches of messages written at one look.</summary>
    private const int MaxBatches = 16;

    /// <summary>Instruments taken over at one update: the largest books of a market take a shard some milliseconds.</summary>
    private const uint InstrumentsPerStep = 64;

    /// <summary>Instrument ids that an image can name: stock locates have 16 bits.</summary>
    private const uint Instruments = 1 << 16;

    private readonly ushort _channel;
    private readonly GlimpseClient _client;
    private readonly RingWriter _writer;
    private readonly ulong _maxBuffered;
    private TDecoder _decoder;
    private ulong _requiredFrom;
    private uint _takenOver;
    private long _lookedNs = long.MinValue;
    private bool _announceDue, _giveUpDue;

    // Books wait for an image that was given up, or not asked for because one had been given up shortly before.
    private bool _isOwed;

    /// <param name="channel">Index of the channel.</param>
    /// <param name="client">Where images come from; belongs to the receiver from here on.</param>
    /// <param name="decoder">A decoder of its own: what it counts is not the feed.</param>
    /// <param name="writer">Where updates go.</param>
    /// <param name="maxBuffered">Messages that a shard can buffer.</param>
    /// <param name="demand">What the shards ask for; null: nothing.</param>
    public ImageReceiver(ushort channel, GlimpseClient client, TDecoder decoder, RingWriter writer, int maxBuffered, ImageDemand? demand = null)
    {
        Demand = demand ?? new ImageDemand();
        _channel = channel;
        _client = client;
        _decoder = decoder;
        _writer = writer;
        _maxBuffered = (ulong)maxBuffered;
    }

    public ImageDemand Demand { get; }

    public GlimpseCounters Counters => _client.Session.Counters;

    /// <summary>Whether <see cref="Follow"/> is wanted as time passes.</summary>
    public bool IsBusy => _client.Session.IsBusy || _announceDue || _giveUpDue;

    /// <summary>Whether <see cref="Retry"/> is wanted.</summary>
    public bool IsOwed => _isOwed;

    /// <summary>Whether a shard asks for another image, and <see cref="Retry"/> is wanted for it.</summary>
    public bool IsDemanded(long nowNs) => !IsBusy && Demand.IsDue(nowNs) && Counters.LastFailure != GlimpseFailure.NotAuthorised;

    /// <summary>Everything before a message is not known: an image must include it.</summary>
    /// <param name="from">First message from which on nothing is missing.</param>
    /// <param name="nowNs">The time.</param>
    /// <param name="isRingOpen">Whether the consumers can be told now, ahead of the loss; else it is done later.</param>
    public void OnLoss(ulong from, long nowNs, bool isRingOpen)
    {
        var isUnderWay = _client.Session.IsBusy;
        if (!_client.Session.Begin(nowNs))
        {
            Owe();
            return;
        }

        _isOwed = false;
        _requiredFrom = from;
        if (isUnderWay) return;
        Demand.OnBegun();
        _announceDue = true;
        if (isRingOpen) Announce(nowNs);
    }

    /// <summary>Asks once more when the server was left alone for long enough. What the books missed meanwhile, nobody buffered.</summary>
    /// <param name="next">The feed's next message.</param>
    /// <param name="nowNs">The time.</param>
    public void Retry(ulong next, long nowNs)
    {
        if (IsBusy || !_client.Session.Begin(nowNs)) return;
        if (!_isOwed) Demand.OnAsked(nowNs);
        Demand.OnBegun();
        _isOwed = false;
        _requiredFrom = next;
        _announceDue = true;
        Announce(nowNs);
    }

    /// <summary>The venue started its sequence again: the image that is under way is of the old one.</summary>
    public void Restart()
    {
        _client.Session.Stop();
        _requiredFrom = 0;
        _takenOver = 0;
        _announceDue = _giveUpDue = _isOwed = false;
    }

    /// <summary>Goes on with the image.</summary>
    /// <param name="next">The feed's next message: all before were written, or told as lost.</param>
    /// <param name="nowNs">The time.</param>
    public void Follow(ulong next, long nowNs)
    {
        // Unsigned: a clock that went back does not stop us.
        if ((ulong)(nowNs - _lookedNs) < LookEveryNs) return;
        _lookedNs = nowNs;
        if (_announceDue) Announce(nowNs);
        if (_giveUpDue) GiveUp(nowNs);
        _client.Work(nowNs);
        for (var i = 0; i < MaxBatches && !_announceDue && !_giveUpDue && _writer.HasCalmedDown; i++)
        {
            if (!(_client.Session.IsWhole ? TakeOver(next, nowNs) : Receive(nowNs))) return;
        }
    }

    public void Dispose() => _client.Dispose();

    /// <returns>Whether there may be more at once.</returns>
    private bool Receive(long nowNs)
    {
        switch (_client.Receive(nowNs))
        {
            case GlimpseEvent.Begun:
                _takenOver = 0;
                _announceDue = true;
                Announce(nowNs);
                return true;
            case GlimpseEvent.Messages:
                WriteMessages(nowNs);
                return true;
            case GlimpseEvent.Whole:
                return true;
            case GlimpseEvent.GivenUp:
                _giveUpDue = true;
                GiveUp(nowNs);
                return false;
            default:
                return false;
        }
    }

    private void WriteMessages(long nowNs)
    {
        var batch = _client.Session.Batch;
        // Half of the ring is free: there is room.
        if (!_writer.TryReserve(UpdateBounds.MaxUpdates(batch.Length)) || !_decoder.TryReadHeader(batch, out var header))
        {
            _client.Session.Reject(nowNs, isTooOld: false);
            return;
        }

        var sink = new RingSink(_writer);
        _writer.BeginPacket(_channel, (uint)header.Sequence, nowNs, UpdateFlags.Snapshot);
        var isWhole = _decoder.Decode(batch, 0, FeedRole.OrderSnapshot, ref sink);
        _writer.EndPacket();
        if (!isWhole) _client.Session.Reject(nowNs, isTooOld: false);
    }

    /// <returns>Whether there is more to take over at once.</returns>
    private bool TakeOver(ulong next, long nowNs)
    {
        var session = _client.Session;
        var from = session.Sequence;
        if (from < _requiredFrom || (next > from && next - from > _maxBuffered))
        {
            _takenOver = 0;
            session.Reject(nowNs, isTooOld: true);
            return true;
        }

        if (next < from || !_writer.TryReserve(2)) return false;
        var to = _takenOver + InstrumentsPerStep;
        WriteEnd(to == Instruments ? ImageStep.Last : ImageStep.Some, from - 1, to, nowNs);
        _takenOver = to;
        if (to != Instruments) return true;
        _takenOver = 0;
        session.Accept();
        return false;
    }

    private void Announce(long nowNs)
    {
        if (!_writer.TryReserve(2)) return;
        _announceDue = false;
        _writer.BeginPacket(_channel, 0, nowNs, UpdateFlags.Snapshot);
        ref var begin = ref _writer.Claim();
        begin.Kind = UpdateKind.SnapshotBegin;
        begin.Code = (byte)SnapshotBook.Orders;
        _writer.EndPacket();
    }

    private void GiveUp(long nowNs)
    {
        if (!_writer.TryReserve(2)) return;
        _giveUpDue = false;
        Owe();
        WriteEnd(ImageStep.GivenUp, 0, Instruments, nowNs);
    }

    /// <summary>Who was not let in asks again only when more is lost: too many wrong passwords may lock the door.</summary>
    private void Owe() => _isOwed = Counters.LastFailure != GlimpseFailure.NotAuthorised;

    private void WriteEnd(ImageStep step, ulong last, uint to, long nowNs)
    {
        _writer.BeginPacket(_channel, (uint)last, nowNs, UpdateFlags.Snapshot);
        ref var end = ref _writer.Claim();
        end.Kind = UpdateKind.SnapshotEnd;
        end.Code = (byte)step;
        end.OrderId = last;
        end.Price = _takenOver;
        end.Quantity = to;
        _writer.EndPacket();
    }
}
