using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FeedHandler.Codecs.Nasdaq.Itch5;

/// <summary>How the bytes of a message become those of a <see cref="MarketUpdate"/>, for the types that make up nearly all of a day.</summary>
/// <remarks>
/// A message and an update both fit into one vector register, so decoding is a permutation of bytes (which turns their order,
/// too) and some constants. There is no branch on the type, which would be guessed wrong for every other message.
/// </remarks>
internal static unsafe class Itch5Layouts
{
    /// <summary>Whether this processor can permute the bytes of a register.</summary>
    public static readonly bool AreUsable = Avx512Vbmi.IsSupported && Avx512BW.IsSupported;

    private static readonly byte[] Indices = new byte[256];
    private static readonly Layout* Layouts = Create();

    /// <summary>One type's layout.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Layout
    {
        /// <summary>The bytes of the message: only they are read.</summary>
        public Vector512<byte> Message;

        /// <summary>For each byte of the update the byte of the message that it is from; the last lane, always 0, where it is from none.</summary>
        public Vector512<byte> From;

        /// <summary>Bytes that mean something by being equal to <see cref="Wanted"/> …</summary>
        public Vector512<byte> Tested;

        /// <summary>… to these …</summary>
        public Vector512<byte> Wanted;

        /// <summary>… and what they become then; 0 otherwise.</summary>
        public Vector512<byte> Meaning;

        /// <summary>What is the same in all updates of the type.</summary>
        public Vector512<byte> Constant;

        /// <summary>Where the sequence number goes.</summary>
        public Vector512<ulong> Sequence;

        /// <summary>Length of the message; beyond every message where the type has no layout.</summary>
        public int Length;
    }

    /// <summary>The layout of a type.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Layout* Of(byte type) => Layouts + Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Indices), type);

    /// <summary>Makes an update of a message that is at least as long as its layout says.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Decode(ref byte message, Layout* layout, ulong sequence, ref MarketUpdate slot)
    {
        // A masked read touches no byte behind the message.
        var bytes = Avx512BW.MaskLoad((byte*)Unsafe.AsPointer(ref message), layout->Message, Vector512<byte>.Zero);
        var fields = Avx512Vbmi.PermuteVar64x8(bytes, layout->From);
        var meaning = Vector512.Equals(fields, layout->Wanted) & layout->Meaning;
        var update = Vector512.AndNot(fields, layout->Tested) | meaning | layout->Constant | (Vector512.Create(sequence) & layout->Sequence).AsByte();
        ref var bytesOfSlot = ref Unsafe.As<MarketUpdate, byte>(ref slot);
        // What the sink has put there is the same for the whole packet, the first message's sequence number included.
        var common = Vector512.AndNot(Vector512.LoadUnsafe(ref bytesOfSlot), layout->Sequence.AsByte());
        (update | common).StoreUnsafe(ref bytesOfSlot);
    }

    private static Layout* Create()
    {
        const string Types = "AFDUECXP";
        const int Unused = MarketUpdate.SizeBytes - 1;
        var layouts = (Layout*)NativeMemory.AlignedAlloc((nuint)((Types.Length + 1) * sizeof(Layout)), 64);
        layouts[0] = default;
        layouts[0].Length = int.MaxValue;
        for (var i = 0; i < Types.Length; i++)
        {
            var type = (byte)Types[i];
            Indices[type] = (byte)(i + 1);
            var from = new byte[MarketUpdate.SizeBytes];
            Array.Fill(from, (byte)Unused);
            var (tested, wanted, meaning) = (default(MarketUpdate), default(MarketUpdate), default(MarketUpdate));
            var constant = new MarketUpdate { Kind = KindOf(type) };
            var hasOwnPlace = type is (byte)'A' or (byte)'F';
            Place(from, nameof(MarketUpdate.Instrument), 1, 2);
            Place(from, nameof(MarketUpdate.TransactTimeNs), 5, 6);
            Place(from, nameof(MarketUpdate.OrderId), 11, 8);
            switch ((char)type)
            {
                case 'A' or 'F':
                    from[(int)Marshal.OffsetOf<MarketUpdate>(nameof(MarketUpdate.Side))] = 19;
                    tested.Side = (BookSide)0xFF;
                    wanted.Side = (BookSide)'S';
                    meaning.Side = BookSide.Ask;
                    Place(from, nameof(MarketUpdate.Quantity), 20, 4);
                    Place(from, nameof(MarketUpdate.Price), 32, 4);
                    break;
                case 'D':
                    constant.Action = BookAction.Delete;
                    break;
                case 'U':
                    Place(from, nameof(MarketUpdate.Priority), 19, 8);
                    Place(from, nameof(MarketUpdate.Quantity), 27, 4);
                    Place(from, nameof(MarketUpdate.Price), 31, 4);
                    break;
                case 'P':
                    constant.Code = type;
                    constant.Side = BookSide.None;
                    Place(from, nameof(MarketUpdate.Quantity), 20, 4);
                    Place(from, nameof(MarketUpdate.Price), 32, 4);
                    Place(from, nameof(MarketUpdate.OrderId), 36, 8);
                    break;
                default:
                    constant.Code = type;
                    Place(from, nameof(MarketUpdate.Quantity), 19, 4);
                    if (type != 'X') Place(from, nameof(MarketUpdate.Priority), 23, 8);
                    if (type != 'C')
                    {
                        constant.Price = MarketUpdate.NullPrice;
                        break;
                    }

                    from[(int)Marshal.OffsetOf<MarketUpdate>(nameof(MarketUpdate.Flags))] = 31;
                    tested.Flags = (UpdateFlags)0xFF;
                    wanted.Flags = (UpdateFlags)'N';
                    meaning.Flags = UpdateFlags.NonPrintable;
                    Place(from, nameof(MarketUpdate.Price), 32, 4);
                    break;
            }

            var sequence = new MarketUpdate { PacketSequence = uint.MaxValue, Priority = hasOwnPlace ? ulong.MaxValue : 0 };
            layouts[i + 1] = new Layout
            {
                Message = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)Itch5.LengthOf(type))),
                From = Vector512.Create<byte>(from),
                Tested = BytesOf(tested),
                Wanted = BytesOf(wanted),
                Meaning = BytesOf(meaning),
                Constant = BytesOf(constant),
                Sequence = BytesOf(sequence).AsUInt64(),
                Length = Itch5.LengthOf(type),
            };
        }

        return layouts;
    }

    private static UpdateKind KindOf(byte type) => (char)type switch
    {
        'A' or 'F' or 'D' => UpdateKind.Order,
        'U' => UpdateKind.OrderReplaced,
        'P' => UpdateKind.Trade,
        _ => UpdateKind.OrderReduced,
    };

    /// <summary>A big-endian field of the message at a field of the update.</summary>
    private static void Place(byte[] from, string field, int offset, int bytes)
    {
        var to = (int)Marshal.OffsetOf<MarketUpdate>(field);
        for (var i = 0; i < bytes; i++) from[to + i] = (byte)(offset + bytes - 1 - i);
    }

    private static Vector512<byte> BytesOf(MarketUpdate update) => Vector512.LoadUnsafe(ref Unsafe.As<MarketUpdate, byte>(ref update));
}
