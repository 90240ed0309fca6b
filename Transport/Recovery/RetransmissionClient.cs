namespace FeedHandler.Transport;

/// <summary>Asks a venue for lost packets and takes the answers, which are ordinary packets for the channel's arbiter.</summary>
/// <remarks>Owned by one RX core; nothing in it blocks, and time is the caller's.</remarks>
public abstract class RetransmissionClient : IDisposable
{
    /// <summary>Whether something is under way although nothing may be missing any more: <see cref="Receive"/> is to be called as time passes.</summary>
    public virtual bool IsBusy => false;

    /// <summary>What was asked for so far. Other threads may read it for display.</summary>
    public abstract RequestTotals Totals { get; }

    /// <summary>Takes note of the session that a packet names, where the protocol has sessions.</summary>
    public virtual void SetSession(ReadOnlySpan<byte> packet) { }

    /// <summary>The venue started its sequence again: what was asked for is void, and what was given up says nothing of the new numbers.</summary>
    public virtual void Restart() { }

    /// <summary>Says what is missing now; asks for it when the limits allow.</summary>
    /// <param name="from">First missing sequence number.</param>
    /// <param name="to">The one after the last missing.</param>
    /// <param name="nowNs">The time.</param>
    /// <returns>False when it is given up: waiting for it makes no sense.</returns>
    public abstract bool Want(ulong from, ulong to, long nowNs);

    /// <summary>Takes one answer, if one is there. Valid until the next call.</summary>
    public abstract ReadOnlySpan<byte> Receive(long nowNs);

    /// <inheritdoc/>
    public abstract void Dispose();
}
