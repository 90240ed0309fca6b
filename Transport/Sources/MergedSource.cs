using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Several recordings as one, merged by time stamp.</summary>
/// <remarks>
/// Of the next frames of all sources, the earliest comes first; on a tie, the source that was named first. The order within
/// a source is kept, even where its own time stamps step back.
/// A source that fails is treated as ended; when all frames of the others are delivered, each failure is thrown, once.
/// </remarks>
public sealed class MergedSource : ICaptureSource
{
    /// <summary>Frames that each source is asked for: enough to make its poll cheap, few enough to stay in the first-level cache.</summary>
    private const int FramesPerSource = 64;

    private readonly Input[] _inputs;
    private readonly Queue<CaptureException> _failures = new();

    /// <param name="sources">Recordings; they belong to the merge from here on.</param>
    public MergedSource(IReadOnlyList<IFrameSource> sources)
    {
        _inputs = new Input[sources.Count];
        for (int i = 0; i < sources.Count; i++)
        {
            if (!sources[i].IsReplay)
                throw new ArgumentException($"{sources[i].Name} is live: only recordings can be merged", nameof(sources));
            _inputs[i] = new Input(sources[i]);
        }

        Name = string.Join(", ", sources.Select(source => source.Name));
        IsEnded = sources.Count == 0;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsEnded { get; private set; }

    /// <inheritdoc/>
    public bool IsReplay => true;

    /// <inheritdoc/>
    public long Dropped => _inputs.Sum(input => input.Source.Dropped);

    /// <inheritdoc/>
    public long BytesConsumed => _inputs.Sum(input => input.Source is ICaptureSource capture ? capture.BytesConsumed : 0);

    /// <inheritdoc/>
    public long BytesTotal => _inputs.Sum(input => input.Source is ICaptureSource capture ? capture.BytesTotal : 0);

    /// <inheritdoc/>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        if (frames.IsEmpty || IsEnded || !FillAll())
            return 0;

        int count = 0;
        while (count < frames.Length)
        {
            Input? first = FindFirst(out long otherTimeNs, out bool isFirstOnTie);
            if (first == null)
                break;
            count += first.GiveTo(frames[count..], otherTimeNs, isFirstOnTie);
            // The frames just given live in this source until its next poll, so its next ones are for the next call.
            if (first.IsEmpty)
                break;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsEnded = true;
        foreach (Input input in _inputs)
            input.Source.Dispose();
    }

    /// <summary>The source whose next frame comes first, and how far it may go before another one's turn.</summary>
    [HotPath]
    private Input? FindFirst(out long otherTimeNs, out bool isFirstOnTie)
    {
        Input? first = null;
        otherTimeNs = long.MaxValue;
        isFirstOnTie = true;
        foreach (Input input in _inputs)
        {
            if (input.IsEmpty)
                continue;
            if (first == null)
            {
                first = input;
            }
            else if (input.NextTimeNs < first.NextTimeNs)
            {
                otherTimeNs = first.NextTimeNs;
                isFirstOnTie = false;
                first = input;
            }
            else if (input.NextTimeNs < otherTimeNs)
            {
                otherTimeNs = input.NextTimeNs;
                isFirstOnTie = true;
            }
        }

        return first;
    }

    /// <summary>Sees to it that every source that has not ended shows its next frame.</summary>
    /// <returns>False when a source has none yet, or when all have ended.</returns>
    private bool FillAll()
    {
        bool any = false;
        foreach (Input input in _inputs)
        {
            if (input.IsEmpty && !input.Source.IsEnded && !Fill(input))
                return false;
            any |= !input.IsEmpty;
        }

        return any || End();
    }

    /// <returns>Whether the source has frames or has ended.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Fill(Input input)
    {
        try
        {
            return input.Poll() || input.Source.IsEnded;
        }
        catch (CaptureException failure)
        {
            _failures.Enqueue(failure);
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool End()
    {
        IsEnded = _failures.Count <= 1;
        return _failures.TryDequeue(out CaptureException? failure) ? throw failure : false;
    }

    private sealed class Input(IFrameSource source)
    {
        private readonly Frame[] _frames = new Frame[FramesPerSource];
        private int _next;
        private int _count;

        public IFrameSource Source { get; } = source;

        public bool IsEmpty => _next == _count;

        public long NextTimeNs => _frames[_next].ReceiveTimeNs;

        public bool Poll()
        {
            _next = _count = 0;
            _count = Source.Poll(_frames);
            return _count > 0;
        }

        /// <summary>Moves the frames that come before another source's next one.</summary>
        [HotPath]
        public int GiveTo(Span<Frame> to, long otherTimeNs, bool isFirstOnTie)
        {
            int start = _next;
            int end = Math.Min(_count, start + to.Length);
            while (_next < end && (_frames[_next].ReceiveTimeNs < otherTimeNs || (isFirstOnTie && _frames[_next].ReceiveTimeNs == otherTimeNs)))
                to[_next - start] = _frames[_next++];
            return _next - start;
        }
    }
}
