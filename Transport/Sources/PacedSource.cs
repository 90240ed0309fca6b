using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Releases a capture's frames at a multiple of the speed at which they were recorded.</summary>
/// <remarks>Drift-free: each frame's due time is computed from the start, never from the frame before it.</remarks>
public sealed class PacedSource : ICaptureSource
{
    private readonly ICaptureSource _inner;
    private readonly double _speed;
    private readonly Frame[] _pending = new Frame[32];
    private int _count;
    private int _next;
    private long _firstNs;
    private long _startedAt;
    private bool _started;

    /// <summary>Wraps a capture source, which it owns from now on.</summary>
    /// <param name="inner">The source.</param>
    /// <param name="speed">Multiple of the recorded speed, greater than 0.</param>
    public PacedSource(ICaptureSource inner, double speed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(speed);
        _inner = inner;
        _speed = speed;
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public bool IsEnded => _next == _count && _inner.IsEnded;

    /// <inheritdoc/>
    public bool IsReplay => true;

    /// <inheritdoc/>
    public long Dropped => _inner.Dropped;

    /// <inheritdoc/>
    public long BytesConsumed => _inner.BytesConsumed;

    /// <inheritdoc/>
    public long BytesTotal => _inner.BytesTotal;

    /// <inheritdoc/>
    public int Poll(Span<Frame> frames)
    {
        if (_next == _count)
        {
            _next = 0;
            _count = _inner.Poll(_pending);
            if (_count == 0) return 0;
        }

        if (!_started)
        {
            _started = true;
            _firstNs = _pending[0].ReceiveTimeNs;
            _startedAt = TimeProvider.System.GetTimestamp();
        }

        var elapsedNs = TimeProvider.System.GetElapsedTime(_startedAt).Ticks * 100 * _speed;
        var given = 0;
        while (_next < _count && given < frames.Length && _pending[_next].ReceiveTimeNs - _firstNs <= elapsedNs) frames[given++] = _pending[_next++];
        return given;
    }

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();
}
