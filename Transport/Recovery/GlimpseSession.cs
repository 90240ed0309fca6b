using System.Buffers.Binary;
using System.Text;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Codecs.Nasdaq.SoupBinTcp;

namespace FeedHandler.Transport;

/// <summary>What the owner of the connection is to do next.</summary>
public enum GlimpseAction
{
    /// <summary>Nothing now.</summary>
    None,

    /// <summary>Open a connection, then say <see cref="GlimpseSession.OnConnected"/> or <see cref="GlimpseSession.OnClosed"/>.</summary>
    Connect,

    /// <summary>Send <see cref="GlimpseSession.Outgoing"/>.</summary>
    Send,

    /// <summary>Close the connection.</summary>
    Close,
}

/// <summary>What came of an image.</summary>
public enum GlimpseEvent
{
    /// <summary>Nothing now.</summary>
    None,

    /// <summary>An attempt begins: what came of an earlier one is void.</summary>
    Begun,

    /// <summary>Messages, in <see cref="GlimpseSession.Batch"/>.</summary>
    Messages,

    /// <summary>The image is whole; <see cref="GlimpseSession.Sequence"/> says where the feed goes on.</summary>
    Whole,

    /// <summary>No attempt is left.</summary>
    GivenUp,
}

/// <summary>GLIMPSE over SoupBinTCP, without the connection: what to send when, and what the answers are.</summary>
/// <remarks>
/// <para>
/// An attempt logs in for the current session from message 1, takes sequenced messages up to the end of the snapshot, and
/// logs out. A refusal, a stream that is cut or lies, silence and an image that the owner rejects end the attempt; the next
/// one backs off, attempts are bounded, and after the last the server is left alone for a while.
/// </para>
/// <para>Pure: no socket, no clock. Owned by one RX core.</para>
/// </remarks>
public sealed class GlimpseSession
{
    private const int BatchBytes = 2048;

    /// <summary>With the default of half a minute: a server that stays dead is asked every eight minutes.</summary>
    private const int MaxCoolDownDoublings = 4;

    private enum Phase
    {
        Idle,
        Waiting,
        Connecting,
        LoggingIn,
        Receiving,
        Whole,
        GivingUp,
    }

    private readonly GlimpseEndpoint _server;
    private readonly GlimpseOptions _options;
    private readonly byte[] _received = new byte[2 * SoupBinPacket.MaxBytes];
    private readonly byte[] _batch = new byte[BatchBytes];
    private readonly byte[] _feedSession = new byte[MoldPacket.SessionBytes];
    private readonly byte[] _servedSession = new byte[SoupBinPacket.SessionBytes];
    private bool _feedSessionIsKnown, _servedSessionIsKnown;
    private int _batchLength;
    private ushort _batchCount;
    private byte[] _outgoing = [];
    private Phase _phase;
    private bool _connectDue, _sendDue, _closeDue, _wholeTold, _isOpen;
    private int _start;
    private int _end;
    private long _messages;
    private int _attempts;
    private int _givenUpInRow;
    private long _beganNs;
    private long _lastSentNs;
    private long _lastReceivedNs;
    private long _lastLookNs;
    private long _notBeforeNs = long.MinValue;

    /// <summary>Creates an idle session.</summary>
    public GlimpseSession(GlimpseEndpoint server, GlimpseOptions? options = null)
    {
        _server = server;
        _options = options ?? new GlimpseOptions();
    }

    /// <summary>What was counted.</summary>
    public GlimpseCounters Counters { get; } = new();

    /// <summary>Whether an image is wanted, under way, or there and not yet taken.</summary>
    public bool IsBusy => _phase != Phase.Idle || _closeDue || _sendDue;

    /// <summary>Whether an image was asked for, and was neither taken nor given up.</summary>
    public bool IsUnderWay => _phase != Phase.Idle;

    /// <summary>Whether an image is there whole, and awaits <see cref="Accept"/> or <see cref="Reject"/>.</summary>
    public bool IsWhole => _phase == Phase.Whole && _wholeTold;

    /// <summary>The first message of the feed that the image does not include.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Messages of the image, framed as a MoldUDP64 packet whose sequence counts the image's messages. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Batch => _batch.AsSpan(0, _batchLength);

    /// <summary>What to send on <see cref="GlimpseAction.Send"/>.</summary>
    public ReadOnlySpan<byte> Outgoing => _outgoing;

    /// <summary>Takes note of the session that the feed is in: an image of another one is refused, also one that is under way.</summary>
    /// <param name="packet">The session's name, at the beginning of a MoldUDP64 packet.</param>
    /// <param name="nowNs">The time.</param>
    public void SetFeedSession(ReadOnlySpan<byte> packet, long nowNs)
    {
        packet[..MoldPacket.SessionBytes].CopyTo(_feedSession);
        _feedSessionIsKnown = true;
        if (_phase is Phase.Receiving or Phase.Whole && IsOfOtherSession) FailOtherSession(nowNs);
    }

    /// <summary>Asks for an image.</summary>
    /// <returns>False where the server is left alone: an image was given up not long ago.</returns>
    public bool Begin(long nowNs)
    {
        if (_phase != Phase.Idle) return true;
        if (nowNs < _notBeforeNs) return false;
        _attempts = 0;
        _phase = Phase.Waiting;
        _notBeforeNs = nowNs;
        return true;
    }

    /// <summary>The image is in use.</summary>
    public void Accept()
    {
        Counters.Images++;
        Counters.LastFailure = GlimpseFailure.None;
        Stop();
    }

    /// <summary>The image cannot be used.</summary>
    /// <param name="nowNs">The time.</param>
    /// <param name="isTooOld">Whether it is older than what the owner has buffered; else it cannot be read.</param>
    public void Reject(long nowNs, bool isTooOld)
    {
        if (isTooOld) Counters.TooOld++;
        else Counters.Malformed++;
        Fail(nowNs, isTooOld ? GlimpseFailure.TooOld : GlimpseFailure.Malformed);
    }

    /// <summary>Nothing is wanted any more. An open connection is to be closed.</summary>
    public void Stop()
    {
        _closeDue |= _isOpen;
        _isOpen = _connectDue = _sendDue = false;
        _phase = Phase.Idle;
        _givenUpInRow = 0;
        _notBeforeNs = long.MinValue;
    }

    /// <summary>What to do now. To be called until it says <see cref="GlimpseAction.None"/>.</summary>
    public GlimpseAction Next(long nowNs)
    {
        if (_phase is Phase.Connecting or Phase.LoggingIn or Phase.Receiving or Phase.Whole && IsTooLate(nowNs)) Fail(nowNs, _phase == Phase.Connecting ? GlimpseFailure.NoConnection : GlimpseFailure.TimedOut);
        if (_closeDue && !_sendDue)
        {
            _closeDue = false;
            return GlimpseAction.Close;
        }

        if (_connectDue)
        {
            _connectDue = false;
            _isOpen = true;
            return GlimpseAction.Connect;
        }

        if (!_sendDue && _phase == Phase.Receiving && nowNs - _lastSentNs >= _options.HeartbeatNs) Send(SoupBinPacket.Create(SoupBinPacket.ClientHeartbeat));
        if (!_sendDue) return GlimpseAction.None;
        _sendDue = false;
        _lastSentNs = nowNs;
        return GlimpseAction.Send;
    }

    /// <summary>The connection is open.</summary>
    public void OnConnected(long nowNs)
    {
        if (_phase != Phase.Connecting) return;
        _phase = Phase.LoggingIn;
        _lastReceivedNs = nowNs;
        Send(SoupBinPacket.CreateLogin(_server.User, _server.Password, "", 1));
    }

    /// <summary>The connection could not be opened, or was closed by the server.</summary>
    public void OnClosed(long nowNs)
    {
        // Who has all of the image may be hung up on.
        if (_phase is Phase.Connecting or Phase.LoggingIn or Phase.Receiving) Fail(nowNs, _phase == Phase.Connecting ? GlimpseFailure.NoConnection : GlimpseFailure.HungUp);
    }

    /// <summary>Room for bytes from the connection; then say how many by <see cref="OnReceived"/>.</summary>
    public Span<byte> Room
    {
        get
        {
            if (_start > 0)
            {
                _received.AsSpan(_start, _end - _start).CopyTo(_received);
                (_start, _end) = (0, _end - _start);
            }

            return _received.AsSpan(_end);
        }
    }

    /// <summary>Whether bytes from the connection are wanted.</summary>
    public bool IsReading => _phase is Phase.LoggingIn or Phase.Receiving;

    /// <summary>Bytes came from the connection.</summary>
    public void OnReceived(int bytes, long nowNs)
    {
        _end += bytes;
        _lastReceivedNs = nowNs;
    }

    /// <summary>Nobody looks at the connection for now: the silence is not the server's.</summary>
    public void OnNotRead(long nowNs)
    {
        _lastReceivedNs += Math.Max(0, nowNs - _lastLookNs);
        _lastLookNs = nowNs;
    }

    /// <summary>Takes what comes next of the image from the bytes that are there. Takes some dozen messages at once at most.</summary>
    public GlimpseEvent Take(long nowNs)
    {
        _lastLookNs = nowNs;
        switch (_phase)
        {
            case Phase.Waiting when nowNs >= _notBeforeNs && !_closeDue:
                BeginAttempt(nowNs);
                return GlimpseEvent.Begun;
            case Phase.GivingUp:
                _phase = Phase.Idle;
                return GlimpseEvent.GivenUp;
            default:
                break;
        }

        _batchLength = MoldPacket.HeaderBytes;
        _batchCount = 0;
        while (IsReading && SoupBinPacket.TryRead(_received.AsSpan(_start, _end - _start), out var type, out var payload, out var bytes))
        {
            if (type == SoupBinPacket.SequencedData && _phase == Phase.Receiving && !HasRoom(payload)) break;
            _start += bytes;
            OnPacket(type, payload, nowNs);
        }

        if (IsReading && IsNonsense(_received.AsSpan(_start, _end - _start))) FailMalformed(nowNs);
        if (_phase is not (Phase.Receiving or Phase.Whole)) return GlimpseEvent.None;
        if (_batchCount != 0)
        {
            MoldPacket.WriteHeader(_batch, "          "u8, (ulong)(_messages - _batchCount + 1), _batchCount);
            return GlimpseEvent.Messages;
        }

        if (_phase != Phase.Whole || _wholeTold) return GlimpseEvent.None;
        _wholeTold = true;
        return GlimpseEvent.Whole;
    }

    private bool IsTooLate(long nowNs) =>
        nowNs - _beganNs > _options.AttemptTimeoutNs
        || (_phase is Phase.Connecting or Phase.LoggingIn && nowNs - _beganNs > _options.LoginTimeoutNs)
        || (_phase == Phase.Receiving && nowNs - _lastReceivedNs > _options.SilenceTimeoutNs);

    private void BeginAttempt(long nowNs)
    {
        _phase = Phase.Connecting;
        _connectDue = true;
        _sendDue = _wholeTold = _servedSessionIsKnown = false;
        _start = _end = 0;
        _messages = 0;
        Sequence = 0;
        _attempts++;
        _beganNs = nowNs;
        Counters.Sessions++;
    }

    private void OnPacket(byte type, ReadOnlySpan<byte> payload, long nowNs)
    {
        switch (type)
        {
            case SoupBinPacket.LoginAccepted when _phase == Phase.LoggingIn:
                // Numbered from 1, or its beginning is missing.
                if (payload.Length != SoupBinPacket.LoginAcceptedBytes || !SoupBinPacket.TryReadNumber(payload[SoupBinPacket.SessionBytes..], out var first) || first != 1)
                {
                    FailMalformed(nowNs);
                    break;
                }

                payload[..SoupBinPacket.SessionBytes].CopyTo(_servedSession);
                _servedSessionIsKnown = true;
                if (IsOfOtherSession) FailOtherSession(nowNs);
                else _phase = Phase.Receiving;
                break;
            case SoupBinPacket.LoginRejected when _phase == Phase.LoggingIn:
                Counters.Refused++;
                if (payload is [SoupBinPacket.NotAuthorised, ..])
                {
                    // Asking again with the same password is of no use, and may lock the door.
                    _attempts = _options.MaxAttempts;
                    Fail(nowNs, GlimpseFailure.NotAuthorised);
                    break;
                }

                Fail(nowNs, GlimpseFailure.NoSession);
                break;
            case SoupBinPacket.SequencedData when _phase == Phase.Receiving:
                OnMessage(payload, nowNs);
                break;
            case SoupBinPacket.ServerHeartbeat or SoupBinPacket.Debug or SoupBinPacket.UnsequencedData:
                break;
            case SoupBinPacket.EndOfSession:
                Fail(nowNs, GlimpseFailure.SessionEnded);
                break;
            default:
                FailMalformed(nowNs);
                break;
        }
    }

    /// <summary>A server of something else is told by its first bytes: nobody waits for the length that they seem to name.</summary>
    private static bool IsNonsense(ReadOnlySpan<byte> packet) =>
        (packet.Length >= SoupBinPacket.LengthBytes && BinaryPrimitives.ReadUInt16BigEndian(packet) == 0)
        || (packet.Length >= SoupBinPacket.HeaderBytes && packet[SoupBinPacket.LengthBytes] is not (SoupBinPacket.LoginAccepted or SoupBinPacket.LoginRejected
            or SoupBinPacket.SequencedData or SoupBinPacket.UnsequencedData or SoupBinPacket.ServerHeartbeat or SoupBinPacket.EndOfSession or SoupBinPacket.Debug));

    private bool HasRoom(ReadOnlySpan<byte> message) => _batchLength + MoldPacket.LengthBytes + Math.Min(message.Length, byte.MaxValue) <= BatchBytes;

    private void OnMessage(ReadOnlySpan<byte> message, long nowNs)
    {
        if (message is [Glimpse5.EndOfSnapshot, ..])
        {
            if (!Glimpse5.TryReadEnd(message, out var sequence))
            {
                FailMalformed(nowNs);
                return;
            }

            Sequence = sequence;
            _phase = Phase.Whole;
            Send(SoupBinPacket.Create(SoupBinPacket.LogoutRequest));
            _closeDue = true;
            _isOpen = false;
            return;
        }

        var known = message.IsEmpty ? 0 : Itch5.LengthOf(message[0]);
        if (message.Length is 0 or > byte.MaxValue || message.Length < known || (known != 0 && !Glimpse5.IsState(message[0])) || _messages == _options.MaxMessages)
        {
            FailMalformed(nowNs);
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_batch.AsSpan(_batchLength), (ushort)message.Length);
        message.CopyTo(_batch.AsSpan(_batchLength + MoldPacket.LengthBytes));
        _batchLength += MoldPacket.LengthBytes + message.Length;
        _batchCount++;
        _messages++;
        Counters.Messages++;
    }

    /// <summary>The one protocol pads names on the left, the other on the right.</summary>
    private bool IsOfOtherSession => !_server.AnySession && _feedSessionIsKnown && _servedSessionIsKnown && !Name(_servedSession).SequenceEqual(Name(_feedSession));

    private static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> session) => session.Trim((byte)' ');

    /// <summary>What another host sent goes to a terminal: only what can be printed.</summary>
    private static string Printable(ReadOnlySpan<byte> session) =>
        string.Concat(Encoding.Latin1.GetString(Name(session)).Select(character => character is >= ' ' and <= '~' ? character : '?'));

    private void FailOtherSession(long nowNs)
    {
        Counters.OtherSession++;
        Counters.ServedSession = Printable(_servedSession);
        Counters.FeedSession = Printable(_feedSession);
        Fail(nowNs, GlimpseFailure.OtherSession);
    }

    private void FailMalformed(long nowNs)
    {
        Counters.Malformed++;
        Fail(nowNs, GlimpseFailure.Malformed);
    }

    private void Fail(long nowNs, GlimpseFailure failure)
    {
        Counters.Failed++;
        Counters.LastFailure = failure;
        _closeDue |= _isOpen;
        _isOpen = _connectDue = _sendDue = _wholeTold = false;
        if (_attempts < _options.MaxAttempts)
        {
            _phase = Phase.Waiting;
            _notBeforeNs = nowNs + (_options.BackOffNs << Math.Min(_attempts - 1, 16));
            return;
        }

        Counters.GivenUp++;
        _phase = Phase.GivingUp;
        _notBeforeNs = nowNs + (_options.CoolDownNs << Math.Min(_givenUpInRow++, MaxCoolDownDoublings));
    }

    private void Send(byte[] packet)
    {
        _outgoing = packet;
        _sendDue = true;
    }
}
