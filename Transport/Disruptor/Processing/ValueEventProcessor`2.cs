using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Disruptor.Processing;

/// <summary>Waits at a barrier, hands the available events to a handler, and moves its sequence once per batch.</summary>
/// <remarks>
/// One thread runs it; <see cref="Halt"/> and <see cref="SetExceptionHandler"/> may be called by any. The handler's call
/// is the only indirect one per event.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "a slim event whose wait handle nobody asks for holds nothing to dispose of")]
internal sealed class ValueEventProcessor<T, TSlots> : IValueEventProcessor<T>
    where T : struct
    where TSlots : struct, IValueDataProvider<T>
{
    private readonly Sequence _sequence = new();
    private readonly TSlots _slots;
    private readonly SequenceBarrier _barrier;
    private readonly IValueEventHandler<T> _handler;
    private readonly bool _announcesBatches;
    private readonly long _maxBatchSize;
    private readonly ManualResetEventSlim _started = new();
    private volatile IValueExceptionHandler<T> _exceptionHandler = new FatalValueExceptionHandler<T>();
    private int _running;
    private int _haltRequested;

    public ValueEventProcessor(TSlots slots, SequenceBarrier barrier, IValueEventHandler<T> handler)
    {
        if (handler.MaxBatchSize < 1) throw new ArgumentOutOfRangeException(nameof(handler), "MaxBatchSize must be at least 1");
        _slots = slots;
        _barrier = barrier;
        _handler = handler;
        _announcesBatches = HandlerTraits.ImplementsOnBatchStart(handler);
        _maxBatchSize = handler.MaxBatchSize ?? long.MaxValue;
        if (handler is IEventProcessorSequenceAware aware) aware.SetSequenceCallback(_sequence);
    }

    /// <inheritdoc/>
    public Sequence Sequence => _sequence;

    /// <inheritdoc/>
    public bool IsRunning => Volatile.Read(ref _running) != 0;

    /// <inheritdoc/>
    public void Halt()
    {
        Interlocked.Exchange(ref _haltRequested, 1);
        _barrier.CancelProcessing();
    }

    /// <inheritdoc/>
    public Task Start(TaskScheduler taskScheduler, TaskCreationOptions taskCreationOptions)
        => Task.Factory.StartNew(Run, CancellationToken.None, taskCreationOptions, taskScheduler);

    /// <inheritdoc/>
    public void WaitUntilStarted(TimeSpan timeout) => _started.Wait(timeout);

    /// <inheritdoc/>
    public void SetExceptionHandler(IValueExceptionHandler<T> exceptionHandler)
    {
        ArgumentNullException.ThrowIfNull(exceptionHandler);
        _exceptionHandler = exceptionHandler;
    }

    /// <inheritdoc/>
    public void Run()
    {
        if (Interlocked.Exchange(ref _running, 1) != 0) throw new InvalidOperationException("The processor is already running");

        // Store/Load on both sides: a halt either cancels the barrier's new source, or is seen below.
        _barrier.ResetProcessing();
        Interlocked.MemoryBarrier();
        NotifyStart();
        _started.Set();
        try
        {
            if (Volatile.Read(ref _haltRequested) == 0) ProcessEvents();
        }
        finally
        {
            NotifyShutdown();
            _started.Reset();
            Volatile.Write(ref _haltRequested, 0);
            Volatile.Write(ref _running, 0);
        }
    }

    private void ProcessEvents()
    {
        var next = _sequence.Value + 1;
        while (true)
        {
            try
            {
                ProcessBatches(ref next);
            }
            catch (OperationCanceledException) when (_barrier.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                _exceptionHandler.HandleEventException(exception, next, ref _slots[next]);
                _sequence.SetValue(next);
                next++;
            }
        }
    }

    /// <summary>Goes on until something is thrown; <paramref name="next"/> is then the event that failed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ProcessBatches(ref long next)
    {
        while (true)
        {
            var result = _barrier.WaitFor(next);
            if (result.IsTimeout)
            {
                NotifyTimeout();
                continue;
            }

            var available = result.UnsafeAvailableSequence;
            if (available >= next) ProcessBatch(ref next, available);
        }
    }

    // A method of its own, so that it is compiled again, with the handler's call inlined, after a few batches.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ProcessBatch(ref long next, long available)
    {
        var sequence = next;
        if (available - sequence >= _maxBatchSize) available = sequence + _maxBatchSize - 1;
        if (_announcesBatches) _handler.OnBatchStart(available - sequence + 1);
        var handler = _handler;
        do
        {
            handler.OnEvent(ref _slots[sequence], sequence, sequence == available);
            next = ++sequence;
        }
        while (sequence <= available);

        _sequence.SetValue(available);
    }

    private void NotifyStart()
    {
        try
        {
            _handler.OnStart();
        }
        catch (Exception exception)
        {
            _exceptionHandler.HandleOnStartException(exception);
        }
    }

    private void NotifyTimeout()
    {
        try
        {
            _handler.OnTimeout(_sequence.Value);
        }
        catch (Exception exception)
        {
            _exceptionHandler.HandleOnTimeoutException(exception, _sequence.Value);
        }
    }

    private void NotifyShutdown()
    {
        try
        {
            _handler.OnShutdown();
        }
        catch (Exception exception)
        {
            _exceptionHandler.HandleOnShutdownException(exception);
        }
    }
}
