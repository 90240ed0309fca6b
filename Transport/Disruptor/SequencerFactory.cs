using Disruptor.Dsl;

namespace Disruptor;

/// <summary>Makes what depends on the kind of producer.</summary>
internal static class SequencerFactory
{
    public static ISequencer Create(ProducerType producerType, int bufferSize, IWaitStrategy waitStrategy) => producerType switch
    {
        ProducerType.Single => new SingleProducerSequencer(bufferSize, waitStrategy),
        ProducerType.Multi => new MultiProducerSequencer(bufferSize, waitStrategy),
        _ => throw new ArgumentOutOfRangeException(nameof(producerType), producerType, "unknown"),
    };

    public static ValueEventPoller<T> NewPoller<T>(ISequencer sequencer, IValueDataProvider<T> provider, Sequence[] gatingSequences)
        where T : struct
        => sequencer switch
        {
            SingleProducerSequencer single => single.NewPoller(provider, gatingSequences),
            MultiProducerSequencer multi => multi.NewPoller(provider, gatingSequences),
            _ => new ValueEventPoller<T>(provider, sequencer, new Sequence(), sequencer.NewBarrier(gatingSequences).DependentSequences),
        };
}
