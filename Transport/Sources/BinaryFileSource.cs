using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Transport;

/// <summary>A raw ITCH file (u16 length and message, again and again; plain, gzip or zstd) as if its messages had come in packets.</summary>
/// <remarks>
/// Blocks of a raw file look like those of MoldUDP64, so a packet is a header and a copy of the blocks; messages are numbered
/// from 1. The receive time of a packet is the time of its first message, nanoseconds since midnight: the file has no date.
/// A length of 0 ends the file; but where the very first length is 0, the writer left all lengths empty, and each message
/// is as long as its type says. Bytes that are cut at the end, and a message without a length whose type is not known, are
/// told by one <see cref="CaptureException"/>.
/// </remarks>
public sealed unsafe class BinaryFileSource : ICaptureSource
{
    /// <summary>Address of the only line of a raw channel; the host part of no network.</summary>
    public static readonly LineAddress Address = new(0, 1);

    /// <summary>A packet is closed at this size: large enough to make its header cheap, small enough for the first-level cache.</summary>
    private const int TargetBytes = 4096;

    /// <summary>Messages further apart are in different packets, so that a paced replay keeps its pace.</summary>
    private const ulong MaxSpanNs = 1_000_000;

    private const int MaxFrames = 64;
    private const int SlotBytes = MoldPacket.HeaderBytes + MoldPacket.LengthBytes + ushort.MaxValue;
    private const int PrefetchBytes = 1536;

    private readonly CaptureWindow _window;
    private readonly bool _lengthsByType;
    private byte* _slots;
    private ulong _sequence = 1;

    private BinaryFileSource(string path, CaptureWindow window)
    {
        Name = path;
        _window = window;
        _lengthsByType = window.Available >= MoldPacket.LengthBytes + 1 && *(ushort*)window.Current == 0 && Itch5.LengthOf(window.Current[MoldPacket.LengthBytes]) != 0;
        _slots = (byte*)NativeMemory.Alloc(MaxFrames * SlotBytes);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsEnded { get; private set; }

    /// <inheritdoc/>
    public bool IsReplay => true;

    /// <inheritdoc/>
    public long Dropped => 0;

    /// <inheritdoc/>
    public long BytesConsumed => _window.BytesConsumed;

    /// <inheritdoc/>
    public long BytesTotal => _window.BytesTotal;

    /// <summary>Opens a raw file.</summary>
    /// <exception cref="CaptureException">There is no such file, or it cannot be read.</exception>
    public static BinaryFileSource Open(string path)
    {
        var window = CaptureFile.Open(path);
        try
        {
            window.Refill();
            if (window.Available >= sizeof(uint) && IsCapture(*(uint*)window.Current))
            {
                window.Dispose();
                throw new CaptureException(path, "this is a capture (pcap or pcapng), not a raw file of messages; where a feed file says \"raw\", take that out and name the addresses");
            }

            return new BinaryFileSource(path, window);
        }
        catch (Exception cause) when (CaptureFile.IsReadError(cause))
        {
            var failure = CaptureFile.Unreadable(path, window, cause);
            window.Dispose();
            throw failure;
        }
    }

    /// <summary>As a length and a message none of these could be: no message is so long.</summary>
    private static bool IsCapture(uint magic) => magic is 0xA1B2_C3D4 or 0xD4C3_B2A1 or 0xA1B2_3C4D or 0x4D3C_B2A1 or 0x0A0D_0D0A;

    /// <inheritdoc/>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        var count = 0;
        var room = Math.Min(frames.Length, MaxFrames);
        while (count < room && !IsEnded && Fill(_slots + ((long)count * SlotBytes), ref frames[count])) count++;
        if (count == 0 && !IsEnded && room != 0) RefillOrEnd();
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsEnded = true;
        _window.Dispose();
        NativeMemory.Free(_slots);
        _slots = null;
    }

    /// <summary>Makes one packet of the messages that are in memory.</summary>
    [HotPath]
    private bool Fill(byte* slot, ref Frame frame)
    {
        var first = _window.Current;
        var at = first;
        var end = _window.End;
        var firstNs = 0UL;
        uint count = 0;
        while (end - at >= MoldPacket.LengthBytes)
        {
            var length = LengthAt(at, end);
            if (length == 0 || length > end - at - MoldPacket.LengthBytes) break;

            if (Sse.IsSupported) Sse.Prefetch0(at + PrefetchBytes);
            if (at - first + length + MoldPacket.LengthBytes > TargetBytes && count != 0) break;
            if (length >= Itch5.HeadBytes)
            {
                var timeNs = BinaryPrimitives.ReverseEndianness(*(ulong*)(at + MoldPacket.LengthBytes + 3)) & 0xFFFF_FFFF_FFFF;
                if (firstNs == 0) firstNs = timeNs;
                else if (timeNs - firstNs > MaxSpanNs) break;
            }

            at += MoldPacket.LengthBytes + length;
            count++;
        }

        if (count == 0) return false;
        var blockBytes = (int)(at - first);
        MoldPacket.WriteHeader(new Span<byte>(slot, MoldPacket.HeaderBytes), "RAW       "u8, _sequence, (ushort)count);
        Unsafe.CopyBlockUnaligned(slot + MoldPacket.HeaderBytes, first, (uint)blockBytes);
        if (_lengthsByType) WriteLengths(slot + MoldPacket.HeaderBytes, count);
        _window.Current = at;
        _sequence += count;
        frame = new Frame
        {
            Data = slot,
            Length = MoldPacket.HeaderBytes + blockBytes,
            Link = LinkType.UdpPayload,
            DestinationAddress = Address.Group,
            DestinationPort = Address.Port,
            ReceiveTimeNs = (long)firstNs,
        };
        return true;
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int LengthAt(byte* at, byte* end) => _lengthsByType ? LengthByType(at, end) : BinaryPrimitives.ReverseEndianness(*(ushort*)at);

    /// <returns>A length that does not fit where the type is not there yet; 0 where it is not known.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthByType(byte* at, byte* end) =>
        end - at > MoldPacket.LengthBytes ? Itch5.LengthOf(at[MoldPacket.LengthBytes]) : int.MaxValue;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteLengths(byte* at, uint count)
    {
        for (uint i = 0; i < count; i++)
        {
            var length = (ushort)Itch5.LengthOf(at[MoldPacket.LengthBytes]);
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(at, MoldPacket.LengthBytes), length);
            at += MoldPacket.LengthBytes + length;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RefillOrEnd()
    {
        if (_window.Available >= MoldPacket.LengthBytes && LengthAt(_window.Current, _window.End) == 0)
        {
            EndAtZero();
            return;
        }

        try
        {
            if (_window.Refill()) return;
        }
        catch (Exception cause) when (CaptureFile.IsReadError(cause))
        {
            IsEnded = true;
            throw CaptureFile.Unreadable(Name, _window, cause);
        }

        IsEnded = true;
        if (_window.Available != 0 && !IsEndMarkWithoutLengths)
            throw new CaptureException(Name, _window.Offset, $"message cut: {_window.Available} bytes are left");
    }

    /// <summary>Whether all that is left is a length of 0 that no message follows.</summary>
    private bool IsEndMarkWithoutLengths => _lengthsByType && _window.Available == MoldPacket.LengthBytes && *(ushort*)_window.Current == 0;

    /// <summary>The end mark; but where lengths go by type, a type that nobody can step over.</summary>
    private void EndAtZero()
    {
        IsEnded = true;
        if (!_lengthsByType) return;
        var type = _window.Current[MoldPacket.LengthBytes];
        throw new CaptureException(Name, _window.Offset, $"message of type 0x{type:x2}{(char.IsAsciiLetterOrDigit((char)type) ? $" '{(char)type}'" : "")}, which is not known: the file has no lengths, so nothing behind it can be read");
    }
}
