using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace FeedHandler.Codecs;

/// <summary>
/// One normalised event, exactly one cache line: what the ring carries from the RX core to every consumer.
/// </summary>
/// <remarks>
/// <para>Written once by the decoder of the RX core that owns the channel, read in place by the ring's consumers.</para>
/// <para>
/// The meaning of a field depends on <see cref="Kind"/>; the table is in <see cref="UpdateKind"/>. A field that the
/// kind does not use is zero. Prices are integers; the exponent belongs to the channel's protocol
/// (CME MDP 3.0: -9, ITCH 5.0: -4), and <see cref="NullPrice"/> means "no price".
/// </para>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct MarketUpdate
{
    /// <summary>Size of an update in bytes: one cache line.</summary>
    public const int SizeBytes = 64;

    /// <summary>The price that means "no price".</summary>
    public const long NullPrice = long.MaxValue;

    /// <summary>What happened; decides which other fields are used.</summary>
    [FieldOffset(0)] public UpdateKind Kind;

    /// <summary>Event and packet boundaries and the origin of the update.</summary>
    [FieldOffset(1)] public UpdateFlags Flags;

    /// <summary>What to do with the level or order.</summary>
    [FieldOffset(2)] public BookAction Action;

    /// <summary>Book side, or the aggressor's side of a trade.</summary>
    [FieldOffset(3)] public BookSide Side;

    /// <summary>Index of the channel in the feed definition.</summary>
    [FieldOffset(4)] public ushort Channel;

    /// <summary>Price level from 1 (best); 0 where the venue gives none.</summary>
    [FieldOffset(6)] public byte Level;

    /// <summary>Venue's code of a statistic, status or reason, as in the wire field.</summary>
    [FieldOffset(7)] public byte Code;

    /// <summary>Venue's instrument id (CME SecurityID, ITCH stock locate); 0 for the whole channel.</summary>
    [FieldOffset(8)] public uint Instrument;

    /// <summary>Sequence number of this update within its instrument (CME RptSeq); 0 where the venue has none.</summary>
    [FieldOffset(12)] public uint InstrumentSequence;

    /// <summary>Price mantissa, or <see cref="NullPrice"/>.</summary>
    [FieldOffset(16)] public long Price;

    /// <summary>Quantity in the venue's unit.</summary>
    [FieldOffset(24)] public long Quantity;

    /// <summary>Venue's order id.</summary>
    [FieldOffset(32)] public ulong OrderId;

    /// <summary>Priority of an order: lower goes first at its price.</summary>
    [FieldOffset(40)] public ulong Priority;

    /// <summary>Number of orders of a price level, or -1 where the venue does not say. Shares storage with <see cref="Priority"/>.</summary>
    [FieldOffset(40)] public int OrderCount;

    /// <summary>A second quantity-like value of the kind. Shares storage with the upper half of <see cref="Priority"/>.</summary>
    [FieldOffset(44)] public int Detail;

    /// <summary>Exchange's transaction time, nanoseconds since the Unix epoch.</summary>
    [FieldOffset(48)] public ulong TransactTimeNs;

    /// <summary>Low 32 bits of the sequence number of the packet (or, for MoldUDP64, of the message).</summary>
    [FieldOffset(56)] public uint PacketSequence;

    /// <summary>
    /// Low 32 bits of the receive time in nanoseconds since the Unix epoch. The upper half comes in
    /// <see cref="UpdateKind.Clock"/>, whenever it changes.
    /// </summary>
    [FieldOffset(60)] public uint ReceiveTimeLow;

    /// <summary>First byte of the 32-byte text area of <see cref="UpdateKind.DefinitionText"/> (offsets 16 to 47).</summary>
    [FieldOffset(16)] private byte _text;

    /// <summary>The 32-byte text area of <see cref="UpdateKind.DefinitionText"/>; shares storage with price to priority.</summary>
    [UnscopedRef]
    public Span<byte> Text => MemoryMarshal.CreateSpan(ref _text, TextBytes);

    /// <summary>Length of <see cref="Text"/>.</summary>
    public const int TextBytes = 32;
}
