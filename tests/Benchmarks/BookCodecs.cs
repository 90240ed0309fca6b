using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeedHandler.Codecs.Cme.Mdp3.Schema;
using FeedHandler.Sbe;

namespace FeedHandler.Benchmarks;

/// <summary>CME's book by price, decoded and encoded twice: by generated code, and by hand over blittable structs.</summary>
internal static class BookCodecs
{
    public const int Version = MDIncrementalRefreshBook46.SchemaVersion;

    public static byte[] Sample(int entries)
    {
        var bytes = new byte[1024];
        var length = EncodeGenerated(bytes, entries);
        return bytes.AsSpan(0, length).ToArray();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long DecodeGenerated(ReadOnlySpan<byte> body, int blockLength, int version)
    {
        if (MDIncrementalRefreshBook46.TryWrap(body, blockLength, version, out var message) != SbeError.None)
        {
            return -1;
        }

        var sum = (long)message.TransactTime + (long)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            sum += entry.MDEntryPx.Mantissa + entry.MDEntrySize + entry.SecurityID + entry.RptSeq + entry.NumberOfOrders
                + entry.MDPriceLevel + (long)entry.MDUpdateAction + (long)entry.MDEntryType;
        }

        foreach (var order in message.NoOrderIDEntries)
        {
            sum += (long)order.OrderID + (long)order.MDOrderPriority + order.MDDisplayQty + order.ReferenceID + (long)order.OrderUpdateAction;
        }

        return sum;
    }

    /// <summary>The same fields by structs laid over the bytes, stepping by the wire's block lengths, with the same checks.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long DecodeOverlay(ReadOnlySpan<byte> body, int blockLength, int version)
    {
        if (body.Length < blockLength || blockLength < 9)
        {
            return -1;
        }

        ref var start = ref MemoryMarshal.GetReference(body);
        ref var root = ref Unsafe.As<byte, Root>(ref start);
        var sum = (long)root.TransactTime + root.MatchEventIndicator;
        nint position = blockLength;
        if (body.Length - position < 3)
        {
            return -1;
        }

        var entryLength = (nint)Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, position));
        var count = (nint)Unsafe.Add(ref start, position + 2);
        position += 3;
        if ((count != 0 && entryLength < (version >= 10 ? 31 : 27)) || entryLength * count > body.Length - position)
        {
            return -1;
        }

        for (; count > 0; count--)
        {
            ref var entry = ref Unsafe.As<byte, Entry>(ref Unsafe.Add(ref start, position));
            sum += entry.Price + entry.Size + entry.SecurityId + entry.RptSeq + entry.Orders + entry.Level + entry.Action + entry.Type;
            position += entryLength;
        }

        if (body.Length - position < 8)
        {
            return -1;
        }

        entryLength = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, position));
        count = Unsafe.Add(ref start, position + 7);
        position += 8;
        if ((count != 0 && entryLength < 22) || entryLength * count > body.Length - position)
        {
            return -1;
        }

        for (; count > 0; count--)
        {
            ref var order = ref Unsafe.As<byte, OrderEntry>(ref Unsafe.Add(ref start, position));
            sum += (long)order.OrderId + (long)order.Priority + order.Quantity + order.Reference + order.Action;
            position += entryLength;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int EncodeGenerated(Span<byte> body, int count)
    {
        if (MDIncrementalRefreshBook46Writer.TryBegin(body, out var writer) != SbeError.None)
        {
            return -1;
        }

        writer.SetTransactTime(1);
        writer.SetMatchEventIndicator(MatchEventIndicator.EndOfEvent);
        if (writer.TryAddNoMDEntries(count, out var entries) != SbeError.None)
        {
            return -1;
        }

        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            entry.SetMDEntryPx(1_000_000_000L * i);
            entry.SetMDEntrySize(i);
            entry.SetSecurityID(4711);
            entry.SetRptSeq((uint)i);
            entry.SetNumberOfOrders(3);
            entry.SetMDPriceLevel((byte)i);
            entry.SetMDUpdateAction(MDUpdateAction.Change);
            entry.SetMDEntryType(MDEntryTypeBook.Offer);
            entry.SetTradeableSize(7);
        }

        return writer.TryAddNoOrderIDEntries(0, out _) == SbeError.None && writer.TryFinish(out var length) == SbeError.None ? length : -1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int EncodeOverlay(Span<byte> body, int count)
    {
        var length = 11 + 3 + (32 * count) + 8;
        if (body.Length < length || (uint)count > byte.MaxValue)
        {
            return -1;
        }

        ref var start = ref MemoryMarshal.GetReference(body);
        Unsafe.As<byte, Root>(ref start) = new() { TransactTime = 1, MatchEventIndicator = 128 };
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, 11), (ushort)32);
        Unsafe.Add(ref start, 13) = (byte)count;
        nint position = 14;
        for (var i = 0; i < count; i++)
        {
            Unsafe.As<byte, Entry>(ref Unsafe.Add(ref start, position)) = new()
            {
                Price = 1_000_000_000L * i,
                Size = i,
                SecurityId = 4711,
                RptSeq = (uint)i,
                Orders = 3,
                Level = (byte)i,
                Action = 1,
                Type = (byte)'1',
                Tradeable = 7,
            };
            position += 32;
        }

        Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, position), 24UL);
        return length;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = 11)]
    private struct Root
    {
        public ulong TransactTime;
        public byte MatchEventIndicator;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = 32)]
    private struct Entry
    {
        public long Price;
        public int Size;
        public int SecurityId;
        public uint RptSeq;
        public int Orders;
        public byte Level;
        public byte Action;
        public byte Type;
        public int Tradeable;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = 24)]
    private struct OrderEntry
    {
        public ulong OrderId;
        public ulong Priority;
        public int Quantity;
        public byte Reference;
        public byte Action;
    }
}
