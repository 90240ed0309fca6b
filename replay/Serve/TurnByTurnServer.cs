using System.Net;
using System.Net.Sockets;

namespace FeedHandler.Replay.Serve;

/// <summary>Serves TCP clients one after the other, each for a limited time, until it is disposed.</summary>
internal sealed class TurnByTurnServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly TimeSpan _limit;
    private readonly Func<TcpClient, CancellationToken, Task> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    /// <param name="address">Where to listen; port 0: any.</param>
    /// <param name="limit">How long a client may take; the next one waits for it.</param>
    /// <param name="answer">Serves one client; called at once where one is there.</param>
    public TurnByTurnServer(IPEndPoint address, TimeSpan limit, Func<TcpClient, CancellationToken, Task> answer)
    {
        _limit = limit;
        _answer = answer;
        _listener = new TcpListener(address);
        _listener.Start();
        _serving = ServeAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _serving.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                using var session = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                session.CancelAfter(_limit);
                await _answer(client, session.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // The client went away, or the server is to end: the loop's condition tells.
            }
            catch (InvalidOperationException) when (_stop.IsCancellationRequested)
            {
                // The listener was stopped between the look at the condition and the accept.
            }
        }
    }
}
