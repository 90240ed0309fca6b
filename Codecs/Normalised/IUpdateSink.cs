namespace FeedHandler.Codecs;

/// <summary>Where a decoder puts its updates: ring slots in production, a list in tests.</summary>
/// <remarks>Implemented by structs, so that the decoder's calls are inlined. Owned by one thread.</remarks>
public interface IUpdateSink
{
    /// <summary>
    /// Gives the next slot, cleared and with channel, packet sequence and receive time filled in. The reference is valid
    /// until the packet is published. The number of updates of a packet is bounded by
    /// <see cref="UpdateBounds.MaxUpdates"/>; the caller has reserved that many.
    /// </summary>
    ref MarketUpdate Claim();
}

/// <summary>The bound that lets a packet be all or nothing in the ring.</summary>
public static class UpdateBounds
{
    /// <summary>Updates that a payload of this many bytes can yield at most.</summary>
    /// <param name="payloadBytes">Length of the UDP payload, 0 to 65 535.</param>
    /// <returns>An upper bound; every update that a decoder emits has at least 8 bytes of its own on the wire, or belongs to one of the at most 16 framing updates of a packet.</returns>
    public static int MaxUpdates(int payloadBytes) => (payloadBytes >> 2) + 16;
}
