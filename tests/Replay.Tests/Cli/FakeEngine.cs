using FeedHandler.Actors;

namespace FeedHandler.Replay.Tests.Cli;

/// <summary>Stands in for the pipeline: ends with given results, or when stopped, or as a test says.</summary>
internal sealed class FakeEngine : IFeedEngine
{
    public FeedRunOptions? Options { get; private set; }

    /// <summary>What a run ends with; an unfinished task ends with the sample results when the run is stopped.</summary>
    public Func<Task<FeedResults>> Outcome { get; init; } = () => Task.FromResult(SampleResults.Create());

    public bool RunsUntilStopped { get; init; }

    public Action<FeedRunOptions> OnStart { get; init; } = _ => { };

    public IFeedRun Start(FeedRunOptions options)
    {
        Options = options;
        OnStart(options);
        return new Run(RunsUntilStopped ? null : Outcome());
    }

    private sealed class Run(Task<FeedResults>? outcome) : IFeedRun
    {
        private readonly TaskCompletionSource<FeedResults> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<FeedResults> Completion => outcome ?? _stopped.Task;

        public FeedStatus GetStatus() => new()
        {
            BytesRead = 1,
            BytesTotal = 2,
            Packets = 3,
            Channels = [new("zeta", 10, 9, 2, 6, 1, 3, 1)],
        };

        public void Stop() => _stopped.TrySetResult(SampleResults.Create());

        public void Dispose()
        {
        }
    }
}
