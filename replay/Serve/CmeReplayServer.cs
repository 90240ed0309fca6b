using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FeedHandler.Replay.Serve;

/// <summary>Answers CME's requests for lost packets over TCP from packets that it was given: the other end of a replay client.</summary>
/// <remarks>As strict as the venue is said to be: log-on first, one request a session, 2000 packets at most, then a log-out.</remarks>
internal sealed class CmeReplayServer : IDisposable
{
    public const int MaxPackets = 2000;

    private const char Soh = '\u0001';
    private const ushort LoginTemplate = 15, LogoutTemplate = 16;
    private const int LoginBytes = 1, LogoutBytes = 180;
    private const int MessageStart = 12;

    private static readonly TimeSpan SessionLimit = TimeSpan.FromSeconds(5);

    private readonly TurnByTurnServer _server;
    private readonly IReadOnlyDictionary<uint, byte[]> _packets;

    /// <param name="packets">The incremental packets by sequence number.</param>
    /// <param name="address">Where to listen; port 0: any.</param>
    public CmeReplayServer(IReadOnlyDictionary<uint, byte[]> packets, IPEndPoint address)
    {
        _packets = packets;
        _server = new TurnByTurnServer(address, SessionLimit, (client, cancellation) => AnswerAsync(client.GetStream(), cancellation));
    }

    public IPEndPoint Address => _server.Address;

    /// <summary>Requests answered with packets.</summary>
    public int Requests { get; private set; }

    /// <summary>The server takes connections but answers nothing.</summary>
    public bool IsMute { get; set; }

    public void Dispose() => _server.Dispose();

    private async Task AnswerAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var logon = await ReadAsync(stream, cancellation);
        if (IsMute)
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }

        if (logon.GetValueOrDefault("35") != "A")
        {
            await stream.WriteAsync(Administration(LogoutTemplate, LogoutBytes, "log on first"), cancellation);
            return;
        }

        await stream.WriteAsync(Administration(LoginTemplate, LoginBytes, ""), cancellation);
        var request = await ReadAsync(stream, cancellation);
        var refusal = Judge(request, out var first, out var last);
        if (refusal is null)
        {
            Requests++;
            for (var sequence = first; ; sequence++)
            {
                if (_packets.TryGetValue(sequence, out var packet)) await stream.WriteAsync(Framed(packet), cancellation);
                if (sequence == last) break;
            }
        }

        await stream.WriteAsync(Administration(LogoutTemplate, LogoutBytes, refusal ?? ""), cancellation);

        // The client logs out and closes.
        while (await stream.ReadAsync(new byte[256], cancellation) != 0) { }
    }

    private static string? Judge(Dictionary<string, string> request, out uint first, out uint last)
    {
        first = last = 0;
        if (request.GetValueOrDefault("35") != "V") return "one request was expected";
        var isRange = uint.TryParse(request.GetValueOrDefault("1182"), NumberStyles.None, CultureInfo.InvariantCulture, out first)
            & uint.TryParse(request.GetValueOrDefault("1183"), NumberStyles.None, CultureInfo.InvariantCulture, out last);
        if (!isRange || last < first) return "1182 and 1183 are not a range";
        return last - first >= MaxPackets ? "more than 2000 packets" : null;
    }

    /// <summary>Reads one FIX message, up to its checksum.</summary>
    private static async Task<Dictionary<string, string>> ReadAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!IsWhole(text))
        {
            if (await stream.ReadAsync(one, cancellation) == 0) throw new IOException("the client closed the connection");
            text.Append((char)one[0]);
        }

        return text.ToString().Split(Soh, StringSplitOptions.RemoveEmptyEntries).Select(field => field.Split('=', 2))
            .Where(field => field.Length == 2).ToDictionary(field => field[0], field => field[1]);
    }

    private static bool IsWhole(StringBuilder text)
    {
        const int ChecksumLength = 8; // SOH, 10=, three digits, SOH
        return text.Length > ChecksumLength && text[^1] == Soh && text.ToString(text.Length - ChecksumLength, 4) == $"{Soh}10=";
    }

    private static byte[] Framed(byte[] packet)
    {
        var framed = new byte[sizeof(ushort) + packet.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(framed, (ushort)packet.Length);
        packet.CopyTo(framed, sizeof(ushort));
        return framed;
    }

    /// <summary>A packet with number 1 and one message of the session itself.</summary>
    private static byte[] Administration(ushort template, int rootBytes, string text)
    {
        const int MessageHeaderBytes = 10, SchemaVersion = 13;
        var packet = new byte[MessageStart + MessageHeaderBytes + rootBytes];
        packet[0] = 1;
        var message = packet.AsSpan(MessageStart);
        BinaryPrimitives.WriteUInt16LittleEndian(message, (ushort)message.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message[2..], (ushort)rootBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], template);
        message[6] = 1;
        message[8] = SchemaVersion;
        Encoding.ASCII.GetBytes(text, message[MessageHeaderBytes..]);
        return Framed(packet);
    }
}
