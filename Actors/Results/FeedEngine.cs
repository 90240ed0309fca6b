namespace FeedHandler.Actors;

/// <summary>The pipeline.</summary>
public sealed class FeedEngine : IFeedEngine
{
    /// <inheritdoc/>
    public IFeedRun Start(FeedRunOptions options) => throw new NotSupportedException("the pipeline is not connected yet");
}
