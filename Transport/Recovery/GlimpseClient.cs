using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>The TCP connection of a <see cref="GlimpseSession"/>.</summary>
/// <remarks>Opened for an image and closed after it. Owned by one RX core, which it never blocks: everything is looked at when it is asked.</remarks>
public sealed class GlimpseClient : IDisposable
{
    private readonly GlimpseEndpoint _server;
    private Socket? _socket;
    private Task? _connecting;

    /// <summary>Creates a client without a connection.</summary>
    public GlimpseClient(GlimpseEndpoint server, GlimpseOptions? options = null)
    {
        _server = server;
        Session = new GlimpseSession(server, options);
    }

    /// <summary>What is said over the connection.</summary>
    public GlimpseSession Session { get; }

    /// <summary>Takes what comes next of the image.</summary>
    public GlimpseEvent Receive(long nowNs)
    {
        Work(nowNs);
        var taken = Session.Take(nowNs);
        if (taken == GlimpseEvent.None && Session.IsReading)
        {
            Fill(nowNs);
            taken = Session.Take(nowNs);
        }

        Work(nowNs);
        return taken;
    }

    /// <summary>Says that we are alive, while nothing is to be taken.</summary>
    public void Wait(long nowNs)
    {
        Session.OnNotRead(nowNs);
        Work(nowNs);
    }

    /// <summary>Lets time-outs run, and does what is due.</summary>
    public void Work(long nowNs)
    {
        if (_connecting is { IsCompleted: true } connected)
        {
            // Looked at, so that nobody takes it for one that was overlooked.
            _ = connected.Exception;
            _connecting = null;
            if (connected.IsCompletedSuccessfully) Session.OnConnected(nowNs);
            else Session.OnClosed(nowNs);
        }

        for (var action = Session.Next(nowNs); action != GlimpseAction.None; action = Session.Next(nowNs))
        {
            if (action == GlimpseAction.Connect) Connect(nowNs);
            else if (action == GlimpseAction.Send) Send(nowNs);
            else Close();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

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
            Session.OnClosed(nowNs);
        }
    }

    /// <summary>Some dozen bytes: they fit into the buffer of a socket that has sent next to nothing.</summary>
    private void Send(long nowNs)
    {
        try
        {
            _socket?.Send(Session.Outgoing);
        }
        catch (SocketException)
        {
            Session.OnClosed(nowNs);
        }
    }

    private void Fill(long nowNs)
    {
        if (_socket is not { Connected: true } socket || _connecting is not null) return;
        try
        {
            if (!socket.Poll(0, SelectMode.SelectRead)) return;
            var bytes = socket.Receive(Session.Room);
            if (bytes == 0) Session.OnClosed(nowNs);
            else Session.OnReceived(bytes, nowNs);
        }
        catch (SocketException)
        {
            Session.OnClosed(nowNs);
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
