using System.Net;
using System.Net.Sockets;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Replay.Serve;

/// <summary>Answers MoldUDP64 requests from the messages of one session: the other end of a request client, for tests.</summary>
internal sealed class MoldRequestServer : IDisposable
{
    private const int MaxAnswerBytes = 1400;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _session;
    private readonly IReadOnlyList<byte[]?> _messages;
    private readonly Thread _thread;
    private volatile bool _stopped;

    /// <param name="session">Ten characters.</param>
    /// <param name="messages">The session's messages; the first has number 1. One that is null is not to be had.</param>
    /// <param name="address">Where to listen; port 0: any.</param>
    public MoldRequestServer(string session, IReadOnlyList<byte[]?> messages, IPEndPoint address)
    {
        _session = System.Text.Encoding.ASCII.GetBytes(session.PadRight(MoldPacket.SessionBytes));
        _messages = messages;
        try
        {
            _socket.Bind(address);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _socket.ReceiveTimeout = 100;
        _thread = new Thread(Run) { IsBackground = true, Name = "mold-request-server" };
        _thread.Start();
    }

    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    public long Requests { get; private set; }

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Run()
    {
        var request = new byte[64];
        var answer = new byte[MaxAnswerBytes];
        EndPoint client = new IPEndPoint(IPAddress.Any, 0);
        while (!_stopped)
        {
            try
            {
                var length = _socket.ReceiveFrom(request, ref client);
                if (length != MoldPacket.HeaderBytes || !request.AsSpan(0, MoldPacket.SessionBytes).SequenceEqual(_session)) continue;
                Requests++;
                var bytes = Answer(answer, MoldPacket.Sequence(request), MoldPacket.Count(request));
                if (bytes != 0) _socket.SendTo(answer.AsSpan(0, bytes), client);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.ConnectionReset)
            {
                // Nothing came: look whether the end has.
            }
        }
    }

    /// <summary>As many of the messages asked for as fit into one packet.</summary>
    private int Answer(Span<byte> answer, ulong first, ushort wanted)
    {
        if (first == 0 || first > (ulong)_messages.Count) return 0;
        var length = MoldPacket.HeaderBytes;
        ushort count = 0;
        for (; count < wanted && first + count <= (ulong)_messages.Count; count++)
        {
            var message = _messages[(int)first - 1 + count];
            if (message is null || length + MoldPacket.LengthBytes + message.Length > answer.Length) break;
            length += MoldPacket.WriteMessage(answer[length..], message);
        }

        if (count == 0) return 0;
        MoldPacket.WriteHeader(answer, _session, first, count);
        return length;
    }
}
