namespace Disruptor.Dsl;

/// <summary>How many threads may publish to a ring.</summary>
public enum ProducerType
{
    /// <summary>One thread: no interlocked operation on the way.</summary>
    Single,

    /// <summary>Any number of threads.</summary>
    Multi,
}
