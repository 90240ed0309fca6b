using System.Buffers.Binary;
using FeedHandler.Replay.Pcap;

namespace FeedHandler.Replay.Tests.Synthetic;

public sealed class PcapWriterTests
{
    private static readonly UdpEndpoints Endpoints = new(0x0A0A_0101, 14_310, 0xEFC1_3601, 14_310);

    [Fact]
    public void File_is_little_endian_with_nanoseconds_and_ethernet_frames()
    {
        byte[] file = Write([1, 2, 3]);
        Assert.Equal(0xA1B23C4D, BinaryPrimitives.ReadUInt32LittleEndian(file));
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(20)));
        Assert.Equal(1_736_778_600u, BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(24)));
        Assert.Equal(123_456_789u, BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(28)));
        Assert.Equal(45u, BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(32)));
        Assert.Equal(45u, BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(36)));
        Assert.Equal(24 + 16 + 45, file.Length);
    }

    [Fact]
    public void Frame_has_the_multicast_address_and_a_good_ip_checksum()
    {
        ReadOnlySpan<byte> frame = Write([1, 2, 3]).AsSpan(40);
        Assert.Equal([0x01, 0x00, 0x5E, 0x41, 0x36, 0x01], frame[..6].ToArray());
        Assert.Equal(0x0800, BinaryPrimitives.ReadUInt16BigEndian(frame[12..]));
        Assert.Equal(31, BinaryPrimitives.ReadUInt16BigEndian(frame[16..]));
        Assert.Equal(0, UdpFrame.Checksum(frame.Slice(14, 20)));
        Assert.Equal(0xEFC1_3601, BinaryPrimitives.ReadUInt32BigEndian(frame[30..]));
        Assert.Equal(14_310, BinaryPrimitives.ReadUInt16BigEndian(frame[36..]));
        Assert.Equal(11, BinaryPrimitives.ReadUInt16BigEndian(frame[38..]));
        Assert.Equal([1, 2, 3], frame[42..].ToArray());
    }

    private static byte[] Write(byte[] payload)
    {
        using var stream = new MemoryStream();
        using (var writer = new PcapWriter(stream)) writer.Write(1_736_778_600_123_456_789, Endpoints, payload);
        return stream.ToArray();
    }
}
