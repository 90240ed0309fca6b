using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Akka.Actor;

namespace FeedHandler.Actors;

/// <summary>A subscription for a program without actors of its own: batches by <c>await foreach</c>.</summary>
/// <remarks>One reader at a time. Nothing is buffered beyond the batches that a subscriber may hold: a slow reader is a slow subscriber.</remarks>
public sealed class MarketDataClient : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    private readonly IActorRef _reader;
    private readonly Channel<MarketDataBatch> _batches;

    private readonly Task<SubscriptionEnd> _end;

    private MarketDataClient(IActorRef reader, Channel<MarketDataBatch> batches, Task<SubscriptionEnd> end, Subscribed subscription)
    {
        _reader = reader;
        _batches = batches;
        _end = end;
        Subscription = subscription;
    }

    /// <summary>The subscription.</summary>
    public Subscribed Subscription { get; }

    /// <summary>Why it ended; null while it goes on.</summary>
    public SubscriptionEnd? Ended => _end.IsCompletedSuccessfully ? _end.Result : null;

    /// <summary>Subscribes.</summary>
    /// <exception cref="ArgumentException">The subscription was refused; the message says why.</exception>
    public static async Task<MarketDataClient> SubscribeAsync(FeedRun run, Subscribe request, CancellationToken cancellation = default)
    {
        var batches = Channel.CreateUnbounded<MarketDataBatch>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var answer = new TaskCompletionSource<Subscribed>(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource<SubscriptionEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reader = run.System.ActorOf(Props.Create(() => new ReaderActor(run.MarketData, request, batches.Writer, answer, end)));
        try
        {
            return new MarketDataClient(reader, batches, end.Task, await answer.Task.WaitAsync(cancellation));
        }
        catch
        {
            run.System.Stop(reader);
            throw;
        }
    }

    /// <summary>Reads batch by batch until the subscription ends. A batch is given back when the next one is asked for; <see cref="MarketDataBatch.Retain"/> keeps it.</summary>
    public async IAsyncEnumerable<MarketDataBatch> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync(cancellation))
        {
            using (batch) yield return batch;
        }
    }

    /// <summary>Ends the subscription.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reader.GracefulStop(StopTimeout);
        while (_batches.Reader.TryRead(out var batch)) batch.Dispose();
    }

    private sealed class ReaderActor(
        IActorRef marketData, Subscribe request, ChannelWriter<MarketDataBatch> batches, TaskCompletionSource<Subscribed> answer, TaskCompletionSource<SubscriptionEnd> end)
        : UntypedActor
    {
        protected override void PreStart() => marketData.Tell(request);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case MarketDataBatch batch:
                    if (!batches.TryWrite(batch)) batch.Dispose();
                    break;
                case Subscribed subscribed:
                    answer.TrySetResult(subscribed);
                    break;
                case SubscribeRefused refused:
                    answer.TrySetException(new ArgumentException(refused.Reason));
                    Context.Stop(Self);
                    break;
                case SubscriptionEnded ended:
                    end.TrySetResult(ended.Reason);
                    Context.Stop(Self);
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }

        protected override void PostStop()
        {
            end.TrySetResult(SubscriptionEnd.Unsubscribed);
            answer.TrySetCanceled();
            batches.TryComplete();
        }
    }
}
