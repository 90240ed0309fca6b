using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.SoupBinTcp;

namespace FeedHandler.Replay.Serve;

/// <summary>Serves images of an ITCH session as GLIMPSE does, over SoupBinTCP: the other end of a client of images.</summary>
internal sealed class GlimpseServer : IDisposable
{
    private const int ChunkBytes = 1 << 16;

    /// <summary>One client is served at a time: who does not log in must not keep the others out, who wait for 5 s.</summary>
    private static readonly TimeSpan LoginTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SessionLimit = TimeSpan.FromSeconds(60);

    private readonly TurnByTurnServer _server;
    private readonly string _session;
    private readonly IReadOnlyList<byte[]?> _messages;
    private readonly Func<ulong> _at;
    private ItchImage _image;

    /// <param name="session">Up to ten characters: that of the feed.</param>
    /// <param name="messages">The session's messages; the first has number 1, and none is missing.</param>
    /// <param name="at">The last message that an image which is asked for now includes.</param>
    /// <param name="address">Where to listen; port 0: any.</param>
    /// <param name="image">The image after some of the messages, where somebody has made it already.</param>
    public GlimpseServer(string session, IReadOnlyList<byte[]?> messages, Func<ulong> at, IPEndPoint address, ItchImage? image = null)
    {
        _session = session.Trim();
        _image = image ?? new ItchImage();
        _messages = messages;
        _at = at;
        _server = new TurnByTurnServer(address, SessionLimit, ServeAsync);
    }

    public IPEndPoint Address => _server.Address;

    /// <summary>Connections so far.</summary>
    public int Connections { get; private set; }

    /// <summary>Images sent to their end.</summary>
    public int Images { get; private set; }

    /// <summary>The only password that is let in; null: any.</summary>
    public string? Password { get; init; }

    /// <summary>Bytes of the answer after which a connection, by its number from 1, is cut; null: none is.</summary>
    public Func<int, long>? CutAfterBytes { get; init; }

    public void Dispose() => _server.Dispose();

    private async Task ServeAsync(TcpClient client, CancellationToken cancellation)
    {
        client.NoDelay = true;
        Connections++;
        if (await IsLoggedInAsync(client.GetStream(), cancellation)) await AnswerAsync(client.GetStream(), cancellation);
    }

    private async Task<bool> IsLoggedInAsync(NetworkStream stream, CancellationToken cancellation)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        soon.CancelAfter(LoginTimeout);
        var login = new byte[SoupBinPacket.HeaderBytes + SoupBinPacket.LoginRequestBytes];
        await stream.ReadExactlyAsync(login, soon.Token);
        if (login[SoupBinPacket.LengthBytes] != SoupBinPacket.LoginRequest) return false;
        var password = Encoding.ASCII.GetString(login, SoupBinPacket.HeaderBytes + SoupBinPacket.UserBytes, SoupBinPacket.PasswordBytes).TrimEnd();
        if (Password is not null && password != Password)
        {
            await stream.WriteAsync(SoupBinPacket.Create(SoupBinPacket.LoginRejected, [SoupBinPacket.NotAuthorised]), cancellation);
            return false;
        }

        return true;
    }

    private async Task AnswerAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var allowed = CutAfterBytes?.Invoke(Connections) ?? long.MaxValue;
        var left = allowed;
        var chunk = new MemoryStream();
        foreach (var packet in Answer())
        {
            // The first packet says that the login was taken: at once, because an image may take its time to make.
            var isFirst = chunk.Length == 0 && left == allowed;
            chunk.Write(packet);
            if (!isFirst && chunk.Length < ChunkBytes && chunk.Length < left) continue;
            var bytes = (int)Math.Min(chunk.Length, left);
            await stream.WriteAsync(chunk.GetBuffer().AsMemory(0, bytes), cancellation);
            left -= bytes;
            chunk.SetLength(0);
            if (left == 0) return;
        }

        await stream.WriteAsync(chunk.GetBuffer().AsMemory(0, (int)chunk.Length), cancellation);
        Images++;

        // The client logs out and closes.
        while (await stream.ReadAsync(new byte[256], cancellation) != 0) { }
    }

    private IEnumerable<byte[]> Answer()
    {
        yield return SoupBinPacket.Create(SoupBinPacket.LoginAccepted, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_session,SoupBinPacket.SessionBytes}{1,SoupBinPacket.SequenceBytes}")));
        var at = Math.Min(_at(), (ulong)_messages.Count);
        if (at < _image.Sequence) _image = new ItchImage();
        while (_image.Sequence < at) _image.Apply(_messages[(int)_image.Sequence]);
        foreach (var message in _image.Messages()) yield return SoupBinPacket.Create(SoupBinPacket.SequencedData, message);
        yield return SoupBinPacket.Create(SoupBinPacket.SequencedData, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(char)Glimpse5.EndOfSnapshot}{at + 1,SoupBinPacket.SequenceBytes}")));
    }
}
