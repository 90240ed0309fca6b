using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>The TCP connection of a <see cref="CmeReplaySession"/>.</summary>
/// <remarks>Opened for a request and closed after it. Owned by one RX core, which it never blocks: everything is looked at when it is asked.</remarks>
public sealed class CmeReplayClient : RetransmissionClient
{
    private readonly CmeReplayEndpoint _server;
    private readonly CmeReplaySession _session;
    private Socket? _socket;
    private Task? _connecting;

    /// <summary>Creates a client without a connection.</summary>
    public CmeReplayClient(CmeReplayEndpoint server, CmeReplayOptions? options = null)
    {
        _server = server;
        _session = new CmeReplaySession(server, options);
    }

    /// <summary>What was counted.</summary>
    public CmeReplayCounters Counters => _session.Counters;

    /// <inheritdoc/>
    public override RequestTotals Totals => new(Counters.Requests, Counters.Requested, Counters.Packets, Counters.GivenUp);

    /// <inheritdoc/>
    public override bool IsBusy => _session.IsBusy;

    /// <inheritdoc/>
    public override void Restart()
    {
        _session.Restart();
        Close();
    }

    /// <inheritdoc/>
    public override bool Want(ulong from, ulong to, long nowNs)
    {
        var isWorthWaiting = _session.Want(from, to, nowNs);
        Work(nowNs);
        return isWorthWaiting;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Receive(long nowNs)
    {
        if (!_session.IsBusy) return default;
        var packet = _session.Take(nowNs);
        if (packet.IsEmpty)
        {
            Fill(nowNs);
            packet = _session.Take(nowNs);
        }

        Work(nowNs);
        return packet;
    }

    /// <inheritdoc/>
    public override void Dispose() => Close();

    private void Work(long nowNs)
    {
        if (_connecting is { IsCompleted: true } connected)
        {
            _connecting = null;
            if (connected.IsCompletedSuccessfully) _session.OnConnected();
            else _session.OnClosed(nowNs);
        }

        for (var action = _session.Next(nowNs); action != CmeReplayAction.None; action = _session.Next(nowNs))
        {
            if (action == CmeReplayAction.Connect) Connect(nowNs);
            else if (action == CmeReplayAction.Send) Send(nowNs);
            else Close();
        }
    }

    private void Connect(long nowNs)
    {
        Close();
        try
        {
            _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _connecting = _socket.ConnectAsync(_server.Host, _server.Port);
        }
        catch (SocketException)
        {
            _session.OnClosed(nowNs);
        }
    }

    /// <summary>Some hundred bytes: they fit into the buffer of a socket that has sent next to nothing.</summary>
    private void Send(long nowNs)
    {
        try
        {
            _socket!.Send(_session.Outgoing);
        }
        catch (SocketException)
        {
            _session.OnClosed(nowNs);
        }
    }

    private void Fill(long nowNs)
    {
        if (_socket is not { Connected: true } socket || _connecting is not null) return;
        try
        {
            if (!socket.Poll(0, SelectMode.SelectRead)) return;
            var bytes = socket.Receive(_session.Room);
            if (bytes == 0) _session.OnClosed(nowNs);
            else _session.OnReceived(bytes);
        }
        catch (SocketException)
        {
            _session.OnClosed(nowNs);
        }
    }

    private void Close()
    {
        // An attempt to connect that is given up ends with an exception that nobody waits for.
        _ = _connecting?.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
        _connecting = null;
        _socket?.Dispose();
        _socket = null;
    }
}
