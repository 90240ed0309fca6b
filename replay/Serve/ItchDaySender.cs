using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Replay.Serve;

/// <summary>Sends the messages of an ITCH day as MoldUDP64 packets, evenly, and heartbeats after the last: the feed to the servers beside it.</summary>
internal sealed class ItchDaySender : IDisposable
{
    private const int MaxPacketBytes = 1_400;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _session;
    private readonly IReadOnlyList<byte[]?> _messages;
    private readonly IPEndPoint _to;
    private readonly double _messagesPerSecond;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _sent;
    private long _packets;

    /// <param name="session">Up to ten characters.</param>
    /// <param name="messages">The session's messages; the first has number 1. One that is null is lost on the way.</param>
    /// <param name="to">Where packets go, an address of one host or of a group.</param>
    /// <param name="messagesPerSecond">The rate.</param>
    /// <param name="first">The first message to send; those before it are taken for sent.</param>
    public ItchDaySender(string session, IReadOnlyList<byte[]?> messages, IPEndPoint to, double messagesPerSecond, int first = 1)
    {
        _sent = first - 1;
        _session = Encoding.ASCII.GetBytes(session.PadRight(MoldPacket.SessionBytes));
        _messages = messages;
        _to = to;
        _messagesPerSecond = messagesPerSecond;
        _thread = new Thread(Run) { IsBackground = true, Name = "itch-day-sender" };
        _thread.Start();
    }

    /// <summary>The last message that was sent.</summary>
    public ulong Sent => (ulong)Volatile.Read(ref _sent);

    /// <summary>Packets sent, heartbeats included.</summary>
    public long Packets => Volatile.Read(ref _packets);

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _socket.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        var packet = new byte[MaxPacketBytes];
        var before = _sent;
        var started = Stopwatch.GetTimestamp();
        var heartbeat = TimeSpan.Zero;
        var pause = TimeSpan.FromMilliseconds(1);
        do
        {
            var elapsed = Stopwatch.GetElapsedTime(started);
            var due = (int)Math.Min(_messages.Count, before + (elapsed.TotalSeconds * _messagesPerSecond));
            while (_sent < due) SendMessages(packet, due);
            if (elapsed < heartbeat) continue;
            heartbeat = elapsed + TimeSpan.FromSeconds(1);
            Send(packet, (ulong)_sent + 1, 0, MoldPacket.HeaderBytes);
        }
        while (!_stop.Wait(pause));
    }

    private void SendMessages(byte[] packet, int due)
    {
        var first = (int)_sent;
        var next = first;
        var length = MoldPacket.HeaderBytes;
        for (; next < due && _messages[next] is { } message && length + MoldPacket.LengthBytes + message.Length <= MaxPacketBytes; next++)
        {
            length += MoldPacket.WriteMessage(packet.AsSpan(length), message);
        }

        // Known to the server of images before it is known to anyone else.
        Volatile.Write(ref _sent, Math.Max(next, first + 1));
        if (next != first) Send(packet, (ulong)first + 1, (ushort)(next - first), length);
    }

    private void Send(byte[] packet, ulong sequence, ushort count, int length)
    {
        MoldPacket.WriteHeader(packet, _session, sequence, count);
        try
        {
            _socket.SendTo(packet.AsSpan(0, length), _to);
            Volatile.Write(ref _packets, _packets + 1);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.NoBufferSpaceAvailable or SocketError.NetworkUnreachable or SocketError.HostUnreachable)
        {
            // Nobody listens yet, or the packet is lost: so are packets.
        }
    }
}
