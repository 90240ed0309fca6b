using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.SelfTest;

/// <summary>The bundled capture as an exchange that sends to multicast groups, and loses what the script says.</summary>
/// <remarks>Each line gets a free port of this run, so that neither another run nor a real feed is in the way.</remarks>
internal sealed class LoopbackExchange
{
    /// <summary>Datagrams sent before the receiver must have them all: few enough for the socket buffer of a plain user.</summary>
    private const int Burst = 20;

    /// <summary>A slow machine must not make a gap of a late line; gaps are decided by what both lines have passed.</summary>
    private const int ReorderTimeoutMs = 2_000;

    /// <summary>Short for a test's sake, and longer than a slow machine takes from one burst to the next.</summary>
    private const int SilenceSeconds = 2;

    private readonly string _capture;
    private readonly Dictionary<(uint Group, ushort Port), ushort> _ports = [];
    private readonly FeedLines _incremental;

    public LoopbackExchange(string capture, string feedFile)
    {
        _capture = capture;
        var channel = FeedFile.Load(feedFile).Channels[0];
        _incremental = channel.Incremental;
        Feed = new FeedDefinition([channel with
        {
            Incremental = Free(channel.Incremental)!,
            Snapshot = Free(channel.Snapshot),
            MboSnapshot = Free(channel.MboSnapshot),
            Definitions = Free(channel.Definitions),
            ReorderTimeoutMs = ReorderTimeoutMs,
            SilenceSeconds = SilenceSeconds,
        }]);
    }

    public FeedDefinition Feed { get; }

    /// <summary>Datagrams sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Sends everything in bursts, each as soon as the one before was received.</summary>
    /// <param name="networkInterface">Where to send.</param>
    /// <param name="script">What happens on the way.</param>
    /// <param name="received">Packets that the feed handler has received so far.</param>
    /// <param name="isSilent">Whether the feed handler has noticed that nothing comes: where the script is silent, that is waited for.</param>
    /// <param name="patience">How long a burst, or a silence, may take.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>False where a burst did not arrive in time.</returns>
    public unsafe bool Send(string networkInterface, FaultScript script, Func<long> received, Func<bool> isSilent, TimeSpan patience, CancellationToken cancellation)
    {
        using var source = CaptureSource.OpenAll([_capture]);
        using var sender = new UdpMulticastSender(networkInterface);
        var frames = new Frame[Burst];
        while (!source.IsEnded)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = source.Poll(frames);
            if (script.IsSilenceDue) SpinWait.SpinUntil(isSilent, patience);
            foreach (ref readonly var frame in frames.AsSpan(0, count))
            {
                var bytes = new ReadOnlySpan<byte>(frame.Data, frame.Length);
                if (FrameParser.TryParse(frame.Link, bytes, out var datagram) != FrameError.None) continue;
                Send(sender, script, datagram, bytes.Slice(datagram.PayloadOffset, datagram.PayloadLength));
            }

            var all = Sent;
            if (!SpinWait.SpinUntil(() => received() >= all, patience)) return false;
        }

        return true;
    }

    private void Send(UdpMulticastSender sender, FaultScript script, in UdpDatagram datagram, ReadOnlySpan<byte> payload)
    {
        var line = LineOf(datagram);
        if (line is { } incremental)
        {
            var fate = script.FateOf(BinaryPrimitives.ReadUInt32LittleEndian(payload), incremental);
            if (fate is null) return;
            line = fate;
        }

        var address = line switch
        {
            0 => _incremental.A,
            1 => _incremental.B!,
            _ => new LineAddress(datagram.DestinationAddress, datagram.DestinationPort),
        };
        sender.Send(address.Group, _ports[(address.Group, address.Port)], payload);
        Sent++;
    }

    private int? LineOf(in UdpDatagram datagram)
    {
        if (Is(_incremental.A, datagram)) return 0;
        return _incremental.B is { } b && Is(b, datagram) ? 1 : null;
    }

    private static bool Is(LineAddress line, in UdpDatagram datagram) => line.Group == datagram.DestinationAddress && line.Port == datagram.DestinationPort;

    private FeedLines? Free(FeedLines? lines) => lines is null ? null : new FeedLines(Free(lines.A), lines.B is { } b ? Free(b) : null);

    private LineAddress Free(LineAddress line)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        var port = (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
        _ports[(line.Group, line.Port)] = port;
        return line with { Port = port };
    }
}

/// <summary>Which packets of the first session are lost, and which come on the other line; half-open ranges of sequence numbers.</summary>
/// <remarks>Knows the sessions apart by their numbers alone: the second session begins when number 1 comes again.</remarks>
internal sealed class FaultScript
{
    private readonly int[] _timesFirst = new int[2];
    private bool _isSilenceDue;

    public (uint From, uint To) LostOnA { get; init; }

    public (uint From, uint To) Swapped { get; init; }

    public (uint From, uint To) LostOnBoth { get; init; }

    /// <summary>After this one nothing at all is sent for a while; then it goes on as if nothing had been. 0: never.</summary>
    public uint SilentAfter { get; init; }

    /// <summary>Whether it is time to be silent; true once.</summary>
    public bool IsSilenceDue
    {
        get
        {
            if (!_isSilenceDue) return false;
            return !(_isSilenceDue = false);
        }
    }

    /// <summary>The line that a packet comes on; null where it is lost.</summary>
    public int? FateOf(uint sequence, int line)
    {
        if (sequence == 1) _timesFirst[line]++;
        if (_timesFirst[line] > 1) return line;
        if (sequence == SilentAfter && line == 0) _isSilenceDue = true;
        if (Contains(LostOnBoth, sequence) || (line == 0 && Contains(LostOnA, sequence))) return null;
        return Contains(Swapped, sequence) ? 1 - line : line;
    }

    private static bool Contains((uint From, uint To) range, uint sequence) => sequence >= range.From && sequence < range.To;
}
