using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Transport;

/// <summary>Limits of a <see cref="MoldRequestClient"/>.</summary>
public sealed record MoldRequestOptions
{
    /// <summary>Messages asked for at once: an answer is one packet, and what did not fit into it is asked for again.</summary>
    public ushort MaxMessages { get; init; } = 256;

    /// <summary>Requests for the same first message before it is given up.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>How long an answer is waited for before the request is repeated.</summary>
    public long AnswerTimeoutNs { get; init; } = 20_000_000;

    /// <summary>How long a hole may be the work of reordering, or of the other line's lag, before it is asked for.</summary>
    public long HoldBackNs { get; init; } = 500_000;

    /// <summary>Requests a second at most: venues close the door to those who ask too often.</summary>
    public int MaxRequestsPerSecond { get; init; } = 500;

    /// <summary>Messages missing at once beyond which nothing is asked for: a snapshot is the way back then.</summary>
    public ulong MaxMissing { get; init; } = 100_000;
}

/// <summary>Asks a MoldUDP64 server for lost messages, over a socket of its own, and takes the answers.</summary>
/// <remarks>
/// One request is under way at a time, always for the first message that is missing: its answer moves that point, and so
/// the next request follows. Answers are ordinary packets; the channel's arbiter treats them as one more line. Time is the
/// caller's. Owned by one RX core; the socket never blocks.
/// </remarks>
public sealed class MoldRequestClient : RetransmissionClient
{
    private const int MaxPacketBytes = 65_535;
    private const long NsPerSecond = 1_000_000_000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
    private readonly SocketAddress _server;
    private readonly SocketAddress _sender;
    private readonly MoldRequestOptions _options;
    private readonly byte[] _session = new byte[MoldPacket.SessionBytes];
    private readonly byte[] _request = new byte[MoldPacket.HeaderBytes];
    private readonly byte[] _answer = new byte[MaxPacketBytes];
    private RequestedNumbers _requested;
    private ulong _asked;
    private int _attempts;
    private long _askAgainNs = long.MinValue;
    private long _notBeforeNs = long.MinValue;
    private ulong _gaveUpBefore;
    private ulong _seen;
    private long _seenNs;

    /// <summary>Creates a client with a socket on a free port.</summary>
    public MoldRequestClient(LineAddress server, MoldRequestOptions? options = null)
    {
        _options = options ?? new MoldRequestOptions();
        var endpoint = new IPEndPoint(IPAddress.NetworkToHostOrder((int)server.Group) & 0xFFFF_FFFFL, server.Port);
        _server = endpoint.Serialize();
        _sender = endpoint.Serialize();
        _socket.Bind(new IPEndPoint(IPAddress.Any, 0));
    }

    /// <summary>What was counted.</summary>
    public MoldRequestCounters Counters { get; } = new();

    /// <inheritdoc/>
    public override RequestTotals Totals => new(Counters.Requests, Counters.Requested, Counters.Answers, Counters.GivenUp);

    /// <inheritdoc/>
    public override void SetSession(ReadOnlySpan<byte> packet)
    {
        packet[..MoldPacket.SessionBytes].CopyTo(_session);
        _asked = 0;
        _gaveUpBefore = 0;
        _requested.Clear();
    }

    /// <summary>Says what is missing now; asks for it when the limits allow.</summary>
    /// <param name="from">First missing message.</param>
    /// <param name="to">The one after the last missing.</param>
    /// <param name="nowNs">The time.</param>
    /// <returns>False when it is given up: waiting for it makes no sense.</returns>
    [HotPath]
    public override bool Want(ulong from, ulong to, long nowNs)
    {
        if (from < _gaveUpBefore) return false;
        if (from != _seen)
        {
            // What follows an answer was part of the same hole: it has waited already.
            _seen = from;
            if (_asked == 0 || from <= _asked || from > _asked + _options.MaxMessages) _seenNs = nowNs;
        }

        if (nowNs - _seenNs < _options.HoldBackNs) return true;
        return (from == _asked && nowNs < _askAgainNs) || nowNs < _notBeforeNs || Ask(from, to, nowNs);
    }

    /// <summary>Takes one answer, if one is there. Valid until the next call.</summary>
    public override ReadOnlySpan<byte> Receive(long nowNs)
    {
        if (_asked == 0 || _socket.Available == 0) return default;
        try
        {
            var length = _socket.ReceiveFrom(_answer, SocketFlags.None, _sender);
            // Anybody can send to a port; only the server answers.
            if (!_sender.Equals(_server) || length < MoldPacket.HeaderBytes)
            {
                Counters.Strangers++;
                return default;
            }

            Counters.Answers++;
            return _answer.AsSpan(0, length);
        }
        catch (SocketException)
        {
            // Nobody listens there now (ICMP): the time-out asks again, and the attempts run out.
            Counters.Failed++;
            return default;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _socket.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Ask(ulong from, ulong to, long nowNs)
    {
        _attempts = from == _asked ? _attempts + 1 : 1;
        _asked = from;
        if (_attempts > _options.MaxAttempts || to - from > _options.MaxMissing)
        {
            Counters.GivenUp++;
            _gaveUpBefore = to;
            return false;
        }

        var count = Math.Min(_options.MaxMessages, to - from);
        MoldPacket.WriteHeader(_request, _session, from, (ushort)count);
        try
        {
            _socket.SendTo(_request, SocketFlags.None, _server);
            Counters.Requests++;
            Counters.Requested += _requested.Add(from, from + count);
        }
        catch (SocketException)
        {
            Counters.Failed++;
        }

        _askAgainNs = nowNs + _options.AnswerTimeoutNs;
        _notBeforeNs = nowNs + (NsPerSecond / _options.MaxRequestsPerSecond);
        return true;
    }
}

/// <summary>What a request client counted.</summary>
public sealed class MoldRequestCounters
{
    /// <summary>Requests sent.</summary>
    public long Requests;

    /// <summary>Messages asked for, each once however often its request was repeated.</summary>
    public long Requested;

    /// <summary>Packets that came back.</summary>
    public long Answers;

    /// <summary>Ranges that were given up: too many attempts, or too much missing.</summary>
    public long GivenUp;

    /// <summary>Sends and receives that the system refused.</summary>
    public long Failed;

    /// <summary>Packets at our port that the server did not send.</summary>
    public long Strangers;
}
