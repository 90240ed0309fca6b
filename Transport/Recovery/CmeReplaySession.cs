using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FeedHandler.Transport;

/// <summary>What the owner of the connection is to do next.</summary>
public enum CmeReplayAction
{
    /// <summary>Nothing now.</summary>
    None,

    /// <summary>Open a connection, then say <see cref="CmeReplaySession.OnConnected"/> or <see cref="CmeReplaySession.OnClosed"/>.</summary>
    Connect,

    /// <summary>Send <see cref="CmeReplaySession.Outgoing"/>.</summary>
    Send,

    /// <summary>Close the connection.</summary>
    Close,
}

/// <summary>CME's replay of lost packets over TCP, without the connection: what to send when, and what the answers are.</summary>
/// <remarks>
/// <para>
/// Requests are FIX in text (log-on, one market data request, log-off); answers are binary packets, each behind its length of
/// 16 bits: a log-on (template 15), the packets as they were on the multicast feed, a log-out (template 16). The venue takes
/// one request a session, for 2000 packets at most. Who asks gets out of the way: failures back off, tries are bounded, and
/// a server that gave nothing is left alone for a while.
/// </para>
/// <para>Pure: no socket, no clock. Owned by one RX core.</para>
/// </remarks>
public sealed class CmeReplaySession
{
    private const int LengthBytes = 2, PacketHeaderBytes = 12, TemplateOffset = PacketHeaderBytes + 4;
    private const ushort LoginTemplate = 15, LogoutTemplate = 16;
    private const char Soh = '\u0001';

    private enum Phase
    {
        Idle,
        Connecting,
        LoggingOn,
        Receiving,
        LoggingOut,
        Closing,
    }

    private readonly CmeReplayEndpoint _server;
    private readonly CmeReplayOptions _options;
    private readonly byte[] _received = new byte[2 * (LengthBytes + ushort.MaxValue)];
    private byte[] _outgoing = [];
    private Phase _phase;
    private int _start;
    private int _end;
    private uint _first;
    private uint _last;
    private long _deadlineNs;
    private int _requests;
    private RequestedNumbers _requested;
    private int _attempts;
    private long _notBeforeNs = long.MinValue;
    private ulong _hole = ulong.MaxValue;
    private long _holeSinceNs;
    private ulong _gaveUpBefore;

    /// <summary>Creates an idle session.</summary>
    public CmeReplaySession(CmeReplayEndpoint server, CmeReplayOptions? options = null)
    {
        _server = server;
        _options = options ?? new CmeReplayOptions();
    }

    /// <summary>What was counted.</summary>
    public CmeReplayCounters Counters { get; } = new();

    /// <summary>Whether a connection is open, or is to be.</summary>
    public bool IsBusy => _phase != Phase.Idle;

    /// <summary>What to send on <see cref="CmeReplayAction.Send"/>.</summary>
    public ReadOnlySpan<byte> Outgoing => _outgoing;

    /// <summary>Says what is missing.</summary>
    /// <inheritdoc cref="RetransmissionClient.Want"/>
    public bool Want(ulong from, ulong to, long nowNs)
    {
        if (from < _gaveUpBefore) return false;
        if (_phase != Phase.Idle) return true;
        if (from != _hole)
        {
            // What is left of a hole after an answer has waited already.
            if (_hole == ulong.MaxValue || from < _hole || from > _hole + (ulong)_options.MaxPackets) _holeSinceNs = nowNs;
            _hole = from;
            _attempts = 0;
        }

        if (to - from > (ulong)_options.MaxPackets || _attempts == _options.MaxAttempts || (_attempts == 0 && nowNs < _notBeforeNs)) return GiveUp(to, nowNs);
        if (nowNs - _holeSinceNs < _options.HoldBackNs || nowNs < _notBeforeNs) return true;
        Begin(from, to, nowNs);
        return true;
    }

    /// <summary>The venue started its sequence again. The connection, if there is one, is to be closed.</summary>
    public void Restart()
    {
        _phase = Phase.Idle;
        _sendDue = false;
        _hole = ulong.MaxValue;
        _attempts = 0;
        _gaveUpBefore = 0;
        _requested.Clear();
    }

    /// <summary>What to do now. To be called until it says <see cref="CmeReplayAction.None"/>.</summary>
    public CmeReplayAction Next(long nowNs)
    {
        if (_phase is not (Phase.Idle or Phase.Closing) && nowNs > _deadlineNs) Fail(nowNs);
        switch (_phase)
        {
            case Phase.Connecting when !_connectTold:
                _connectTold = true;
                return CmeReplayAction.Connect;
            case Phase.Closing:
                _phase = Phase.Idle;
                return CmeReplayAction.Close;
            default:
                break;
        }

        if (!_sendDue) return CmeReplayAction.None;
        _sendDue = false;
        if (_phase == Phase.LoggingOut) _phase = Phase.Closing;
        return CmeReplayAction.Send;
    }

    /// <summary>The connection is open.</summary>
    public void OnConnected()
    {
        if (_phase != Phase.Connecting) return;
        _phase = Phase.LoggingOn;
        Send($"35=A{Soh}553={_server.User}{Soh}554={_server.Password}{Soh}");
    }

    /// <summary>The connection could not be opened, or was closed by the server.</summary>
    public void OnClosed(long nowNs)
    {
        if (_phase is not (Phase.Idle or Phase.Closing)) Fail(nowNs);
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

    /// <summary>Bytes came from the connection.</summary>
    public void OnReceived(int bytes) => _end += bytes;

    /// <summary>Takes the next packet that was asked for, if it is there whole. Valid until <see cref="Room"/> is used.</summary>
    public ReadOnlySpan<byte> Take(long nowNs)
    {
        while (_phase is Phase.LoggingOn or Phase.Receiving)
        {
            var bytes = _received.AsSpan(_start, _end - _start);
            if (bytes.Length < LengthBytes) return default;
            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            if (bytes.Length < LengthBytes + length) return default;
            _start += LengthBytes + length;
            var packet = bytes.Slice(LengthBytes, length);
            if (length < TemplateOffset + sizeof(ushort))
            {
                Fail(nowNs);
                return default;
            }

            var template = BinaryPrimitives.ReadUInt16LittleEndian(packet[TemplateOffset..]);
            if (_phase == Phase.LoggingOn) OnLogin(template, nowNs);
            else if (template == LogoutTemplate) Fail(nowNs);
            else if (IsWanted(packet)) return packet;
        }

        return default;
    }

    private bool _connectTold;
    private bool _sendDue;

    private void Begin(ulong from, ulong to, long nowNs)
    {
        // Positions are wider than the venue's numbers; a request does not go over their end.
        _first = (uint)from;
        var count = to - from;
        _last = (uint)Math.Min(_first + count - 1, uint.MaxValue);
        _phase = Phase.Connecting;
        _connectTold = _sendDue = false;
        _start = _end = 0;
        _attempts++;
        _deadlineNs = nowNs + _options.SessionTimeoutNs;
        Counters.Sessions++;
    }

    private void OnLogin(ushort template, long nowNs)
    {
        if (template != LoginTemplate)
        {
            Fail(nowNs);
            return;
        }

        _phase = Phase.Receiving;
        Counters.Requests++;
        Counters.Requested += _requested.Add(_hole, _hole + (_last - _first) + 1);
        Send(string.Create(CultureInfo.InvariantCulture, $"35=V{Soh}1180={_server.Channel}{Soh}262={_server.Channel}-{++_requests}{Soh}1182={_first}{Soh}1183={_last}{Soh}"));
    }

    private bool IsWanted(ReadOnlySpan<byte> packet)
    {
        var sequence = BinaryPrimitives.ReadUInt32LittleEndian(packet);
        if (sequence < _first || sequence > _last) return false;
        Counters.Packets++;
        if (sequence != _last) return true;
        _phase = Phase.LoggingOut;
        Send($"35=5{Soh}");
        _notBeforeNs = long.MinValue;
        return true;
    }

    private void Fail(long nowNs)
    {
        Counters.Failed++;
        _phase = _connectTold ? Phase.Closing : Phase.Idle;
        _sendDue = false;
        _notBeforeNs = nowNs + (_options.BackOffNs << Math.Min(_attempts - 1, 16));
    }

    private bool GiveUp(ulong to, long nowNs)
    {
        Counters.GivenUp++;
        _gaveUpBefore = to;
        if (_attempts == _options.MaxAttempts) _notBeforeNs = nowNs + _options.CoolDownNs;
        return false;
    }

    /// <summary>A FIX message: length before, checksum behind, both of the text between.</summary>
    private void Send(string body)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"9={body.Length}{Soh}{body}");
        var sum = 0;
        foreach (var character in text) sum += character;
        _outgoing = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text}10={sum & 0xFF:D3}{Soh}"));
        _sendDue = true;
    }
}
