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
    private const int MaxBatches = 4;

    /// <summary>Steps of taking over at one look: each is one update, and most ids are nobody's.</summary>
    private const int MaxSteps = 32;

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
    private bool _hasLooked, _announceDue, _giveUpDue;

    // The consumers know that an image is coming.
    private bool _isAnnounced;

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
    public bool IsDemanded(long clockNs) => !IsBusy && Demand.IsDue(clockNs) && Counters.LastFailure != GlimpseFailure.NotAuthorised;

    /// <summary>The feed is in a session from here on: no image of another one is taken over.</summary>
    /// <param name="packet">A packet of the session, or its name.</param>
    /// <param name="clockNs">The time, by a clock that never goes back.</param>
    public void SetSession(ReadOnlySpan<byte> packet, long clockNs) => _client.Session.SetFeedSession(packet, clockNs);

    /// <summary>Everything before a message is not known: an image must include it.</summary>
    /// <param name="from">First message from which on nothing is missing.</param>
    /// <param name="nowNs">The time for the consumers, nanoseconds since the Unix epoch.</param>
    /// <param name="clockNs">The same by a clock that never goes back: pauses and time-outs are measured by it.</param>
    /// <param name="isRingOpen">Whether the consumers can be told now, ahead of the loss; else it is done later.</param>
    public void OnLoss(ulong from, long nowNs, long clockNs, bool isRingOpen)
    {
        var isUnderWay = _client.Session.IsUnderWay;
        if (!_client.Session.Begin(clockNs))
        {
            Owe();
            return;
        }

        _isOwed = false;
        _requiredFrom = from;
        if (isUnderWay) return;
        Demand.OnBegun();
        _isAnnounced = false;
        _announceDue = true;
        if (isRingOpen) Announce(nowNs);
    }

    /// <summary>Asks once more when the server was left alone for long enough. What the books missed meanwhile, nobody buffered.</summary>
    /// <param name="next">The feed's next message.</param>
    /// <param name="nowNs">The time for the consumers.</param>
    /// <param name="clockNs">The same by a clock that never goes back.</param>
    public void Retry(ulong next, long nowNs, long clockNs)
    {
        if (IsBusy || !_client.Session.Begin(clockNs)) return;
        if (!_isOwed) Demand.OnAsked(clockNs);
        Demand.OnBegun();
        _isOwed = _isAnnounced = false;
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
    /// <param name="nowNs">The time for the consumers.</param>
    /// <param name="clockNs">The same by a clock that never goes back.</param>
    public void Follow(ulong next, long nowNs, long clockNs)
    {
        if (!IsLookDue(clockNs)) return;
        if (_announceDue) AnnounceLate(next, nowNs);
        if (_giveUpDue) GiveUp(nowNs);
        if (!IsOpen)
        {
            _client.Wait(clockNs);
            return;
        }

        _client.Work(clockNs);
        for (var i = 0; i < MaxBatches && IsOpen && !_client.Session.IsWhole; i++)
        {
            if (!Receive(nowNs, clockNs)) return;
        }

        for (var i = 0; i < MaxSteps && IsOpen && _client.Session.IsWhole; i++)
        {
            if (!TakeOver(next, nowNs, clockNs)) return;
        }
    }

    /// <summary>Keeps the connection while nothing of the image can be taken.</summary>
    /// <param name="clockNs">The time, by a clock that never goes back.</param>
    public void Wait(long clockNs)
    {
        if (IsLookDue(clockNs)) _client.Wait(clockNs);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Whether updates of the image may go into the ring.</summary>
    private bool IsOpen => !_announceDue && !_giveUpDue && _writer.HasCalmedDown;

    /// <summary>The pause is one between looks. The clock is read before a look, so how long that took shows at the next reading.</summary>
    private bool IsLookDue(long clockNs)
    {
        if (_hasLooked)
        {
            if (clockNs == _lookedNs) return false;
            _hasLooked = false;
            _lookedNs = clockNs;
            return false;
        }

        // Unsigned: no look was the first.
        if ((ulong)(clockNs - _lookedNs) < LookEveryNs) return false;
        _lookedNs = clockNs;
        _hasLooked = true;
        return true;
    }

    /// <returns>Whether there may be more at once.</returns>
    private bool Receive(long nowNs, long clockNs)
    {
        switch (_client.Receive(clockNs))
        {
            case GlimpseEvent.Begun:
                _takenOver = 0;
                _announceDue = true;
                Announce(nowNs);
                return true;
            case GlimpseEvent.Messages:
                WriteMessages(nowNs, clockNs);
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

    private void WriteMessages(long nowNs, long clockNs)
    {
        var batch = _client.Session.Batch;
        // Half of the ring is free: there is room.
        if (!_writer.TryReserve(UpdateBounds.MaxUpdates(batch.Length)) || !_decoder.TryReadHeader(batch, out var header))
        {
            _client.Session.Reject(clockNs, isTooOld: false);
            return;
        }

        var sink = new RingSink(_writer);
        _writer.BeginPacket(_channel, (uint)header.Sequence, nowNs, UpdateFlags.Snapshot);
        var isWhole = _decoder.Decode(batch, 0, FeedRole.OrderSnapshot, ref sink);
        _writer.EndPacket();
        if (!isWhole) _client.Session.Reject(clockNs, isTooOld: false);
    }

    /// <returns>Whether there is more to take over at once.</returns>
    private bool TakeOver(ulong next, long nowNs, long clockNs)
    {
        var session = _client.Session;
        var from = session.Sequence;
        if (from < _requiredFrom || (next > from && next - from > _maxBuffered))
        {
            _takenOver = 0;
            session.Reject(clockNs, isTooOld: true);
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

    /// <summary>Books buffer from here on only: an image must include everything before.</summary>
    private void AnnounceLate(ulong next, long nowNs)
    {
        var wasAnnounced = _isAnnounced;
        Announce(nowNs);
        if (!wasAnnounced && _isAnnounced) _requiredFrom = Math.Max(_requiredFrom, next);
    }

    private void Announce(long nowNs)
    {
        if (!_writer.TryReserve(2)) return;
        _announceDue = false;
        _isAnnounced = true;
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
