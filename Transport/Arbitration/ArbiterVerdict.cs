namespace FeedHandler.Transport;

/// <summary>What became of an offered packet.</summary>
public enum ArbiterVerdict
{
    /// <summary>In order: the caller processes the payload now, without the sequences to skip.</summary>
    Deliver,

    /// <summary>Ahead of the expected sequence number: copied, and given back by <see cref="LineArbiter.Next"/> when its turn comes.</summary>
    Held,

    /// <summary>A heartbeat: it covers nothing, but it may have proved a hole.</summary>
    Heartbeat,

    /// <summary>All of it was delivered or is held already.</summary>
    Duplicate,

    /// <summary>It lies before the start or in a gap that was declared, so it may no longer be delivered.</summary>
    Late,

    /// <summary>Its sequence number is not credible: set aside until confirmed, or dropped.</summary>
    Outlier,
}
