using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FeedHandler.Codecs.Nasdaq.SoupBinTcp;

/// <summary>SoupBinTCP 4.1: packets of a TCP stream, each a length of 16 bits (big-endian; type and payload), a type and its payload.</summary>
public static class SoupBinPacket
{
    /// <summary>Bytes before the type: the length.</summary>
    public const int LengthBytes = 2;

    /// <summary>Bytes before the payload: length and type.</summary>
    public const int HeaderBytes = LengthBytes + 1;

    /// <summary>Greatest packet, its length included.</summary>
    public const int MaxBytes = LengthBytes + ushort.MaxValue;

    /// <summary>Client: who it is, and what it asks for.</summary>
    public const byte LoginRequest = (byte)'L';

    /// <summary>Client: it is alive, and said nothing for a second.</summary>
    public const byte ClientHeartbeat = (byte)'R';

    /// <summary>Client: it goes.</summary>
    public const byte LogoutRequest = (byte)'O';

    /// <summary>Server: session and number of the next sequenced message.</summary>
    public const byte LoginAccepted = (byte)'A';

    /// <summary>Server: no, and a code why.</summary>
    public const byte LoginRejected = (byte)'J';

    /// <summary>Server: a numbered message. The numbers are counted, not sent.</summary>
    public const byte SequencedData = (byte)'S';

    /// <summary>Either side: a message without a number.</summary>
    public const byte UnsequencedData = (byte)'U';

    /// <summary>Server: it is alive, and said nothing for a second.</summary>
    public const byte ServerHeartbeat = (byte)'H';

    /// <summary>Server: nothing more will come.</summary>
    public const byte EndOfSession = (byte)'Z';

    /// <summary>Either side: text for people.</summary>
    public const byte Debug = (byte)'+';

    /// <summary>Code of <see cref="LoginRejected"/>: user and password are not known.</summary>
    public const byte NotAuthorised = (byte)'A';

    /// <summary>Code of <see cref="LoginRejected"/>: there is no such session.</summary>
    public const byte SessionNotAvailable = (byte)'S';

    /// <summary>Length of the user's name.</summary>
    public const int UserBytes = 6;

    /// <summary>Length of the password.</summary>
    public const int PasswordBytes = 10;

    /// <summary>Length of a session's name.</summary>
    public const int SessionBytes = 10;

    /// <summary>Length of a sequence number in text.</summary>
    public const int SequenceBytes = 20;

    /// <summary>Length of the payload of <see cref="LoginAccepted"/>.</summary>
    public const int LoginAcceptedBytes = SessionBytes + SequenceBytes;

    /// <summary>Length of the payload of <see cref="LoginRequest"/>.</summary>
    public const int LoginRequestBytes = UserBytes + PasswordBytes + SessionBytes + SequenceBytes;

    /// <summary>Finds the first packet of a stream.</summary>
    /// <param name="stream">What came and is not taken yet.</param>
    /// <param name="type">The packet's type.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="bytes">Its whole length; 0 where more of the stream is needed, -1 where the length is none.</param>
    /// <returns>Whether a packet is there whole.</returns>
    public static bool TryRead(ReadOnlySpan<byte> stream, out byte type, out ReadOnlySpan<byte> payload, out int bytes)
    {
        type = 0;
        payload = default;
        bytes = 0;
        if (stream.Length < LengthBytes) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(stream);
        if (length == 0)
        {
            bytes = -1;
            return false;
        }

        if (stream.Length < LengthBytes + length) return false;
        bytes = LengthBytes + length;
        type = stream[LengthBytes];
        payload = stream[HeaderBytes..bytes];
        return true;
    }

    /// <summary>Writes length and type; the payload follows them.</summary>
    /// <returns>Length of the whole packet.</returns>
    public static int WriteHeader(Span<byte> packet, byte type, int payloadBytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet, (ushort)(payloadBytes + 1));
        packet[LengthBytes] = type;
        return HeaderBytes + payloadBytes;
    }

    /// <summary>A packet of its own memory.</summary>
    public static byte[] Create(byte type, ReadOnlySpan<byte> payload = default)
    {
        var packet = new byte[HeaderBytes + payload.Length];
        WriteHeader(packet, type, payload.Length);
        payload.CopyTo(packet.AsSpan(HeaderBytes));
        return packet;
    }

    /// <summary>A request to log in.</summary>
    /// <param name="user">Up to 6 characters.</param>
    /// <param name="password">Up to 10 characters.</param>
    /// <param name="session">Up to 10 characters; empty: the current session.</param>
    /// <param name="sequence">First message wanted.</param>
    public static byte[] CreateLogin(string user, string password, string session, ulong sequence) => Create(
        LoginRequest,
        Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{user.PadRight(UserBytes)}{password.PadRight(PasswordBytes)}{session.PadLeft(SessionBytes)}{sequence,SequenceBytes}")));

    /// <summary>Reads a number in text: digits, with blanks before or behind them.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> text, out ulong number)
    {
        var digits = text.Trim((byte)' ');
        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
