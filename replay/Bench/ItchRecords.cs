using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>A raw ITCH file in memory as MoldUDP64 packets: records of u32 length, u32 nothing, packet.</summary>
internal sealed unsafe class ItchRecords : IDisposable
{
    private const int RecordHeaderBytes = 8;
    private const int MaxPacketBytes = 1400;

    /// <summary>So far ahead packets are fetched into the second-level cache: a NIC puts them into the third one.</summary>
    public const int PrefetchBytes = 4096;

    private byte* _start;

    private ItchRecords(byte* start, long bytes, long messages, long packets)
    {
        _start = start;
        Bytes = bytes;
        Messages = messages;
        Packets = packets;
    }

    public long Bytes { get; }

    public long Messages { get; }

    public long Packets { get; }

    public byte* Start => _start;

    public byte* End => _start + Bytes;

    /// <summary>Reads a file through the source that production uses, and cuts it into packets of one to five messages.</summary>
    public static ItchRecords Load(string path, long maxMessages)
    {
        using var source = BinaryFileSource.Open(path);
        var capacity = 1L << 26;
        var memory = (byte*)NativeMemory.Alloc((nuint)capacity);
        long used = 0, messages = 0, packets = 0;
        var frames = new Frame[32];
        while (!source.IsEnded && messages < maxMessages)
        {
            var polled = source.Poll(frames);
            for (var f = 0; f < polled && messages < maxMessages; f++)
            {
                var rest = new ReadOnlySpan<byte>(frames[f].Data, frames[f].Length)[MoldPacket.HeaderBytes..];
                while (!rest.IsEmpty && messages < maxMessages)
                {
                    // 1 to 5 messages in turn: about three on average, as on the real feed.
                    var target = 1 + (int)((packets * 7) % 5);
                    if (capacity - used < MaxPacketBytes + ushort.MaxValue)
                    {
                        capacity *= 2;
                        memory = (byte*)NativeMemory.Realloc(memory, (nuint)capacity);
                    }

                    var packet = memory + used + RecordHeaderBytes;
                    var length = MoldPacket.HeaderBytes;
                    ushort count = 0;
                    for (; count < target && !rest.IsEmpty; count++)
                    {
                        var block = MoldPacket.LengthBytes + BinaryPrimitives.ReadUInt16BigEndian(rest);
                        rest[..block].CopyTo(new Span<byte>(packet + length, block));
                        rest = rest[block..];
                        length += block;
                    }

                    MoldPacket.WriteHeader(new Span<byte>(packet, length), "BENCHMARK1"u8, (ulong)messages + 1, count);
                    *(long*)(memory + used) = length;
                    used += RecordHeaderBytes + length;
                    messages += count;
                    packets++;
                }
            }
        }

        return new ItchRecords(memory, used, messages, packets);
    }

    public void Dispose()
    {
        NativeMemory.Free(_start);
        _start = null;
    }

    /// <summary>The packets as frames, given in place.</summary>
    public sealed class Source(ItchRecords records) : IFrameSource
    {
        private byte* _at = records.Start;

        /// <summary>The next record.</summary>
        public byte* At => _at;

        public string Name => "memory";

        public bool IsEnded => _at == records.End;

        public bool IsReplay => true;

        public long Dropped => 0;

        [HotPath]
        public int Poll(Span<Frame> frames)
        {
            var at = _at;
            var end = records.End;
            var count = 0;
            for (; count < frames.Length && at != end; count++)
            {
                var length = (int)*(long*)at;
                if (Sse.IsSupported)
                {
                    Sse.Prefetch1(at + PrefetchBytes);
                    Sse.Prefetch1(at + PrefetchBytes + 64);
                }

                ref var frame = ref frames[count];
                frame.Data = at + RecordHeaderBytes;
                frame.Length = length;
                frame.Link = LinkType.UdpPayload;
                frame.DestinationAddress = BinaryFileSource.Address.Group;
                frame.DestinationPort = BinaryFileSource.Address.Port;
                at += RecordHeaderBytes + length;
            }

            _at = at;
            return count;
        }

        public void Dispose() { }
    }
}
