using FeedHandler.Codecs;

namespace FeedHandler.Transport.Tests.Sources;

public sealed class PcapTests : IDisposable
{
    private readonly CaptureFiles _files = new();

    public void Dispose() => _files.Dispose();

    public enum Packing
    {
        Plain,
        Gzip,
        Zstd,
    }

    public static TheoryData<bool, bool, Packing> Combinations()
    {
        var all = new TheoryData<bool, bool, Packing>();
        foreach (bool isBigEndian in new[] { false, true })
            foreach (bool isNanoseconds in new[] { false, true })
                foreach (Packing packing in Enum.GetValues<Packing>())
                    all.Add(isBigEndian, isNanoseconds, packing);
        return all;
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Packets_come_with_time_and_link_type(bool isBigEndian, bool isNanoseconds, Packing packing)
    {
        byte[] file = CaptureBytes.Pcap(isBigEndian, isNanoseconds, link: 113)
            .PcapPacket(1, 2, [0xaa, 0xbb])
            .PcapPacket(4_000_000_000, 999_999, [])
            .PcapPacket(1_700_000_000, 123_456, [0xcc])
            .ToArray();
        long nsPerFraction = isNanoseconds ? 1 : 1000;
        Got[] expected =
        [
            new(1_000_000_000 + 2 * nsPerFraction, LinkType.LinuxSll, "AABB"),
            new(4_000_000_000L * 1_000_000_000 + 999_999 * nsPerFraction, LinkType.LinuxSll, ""),
            new(1_700_000_000L * 1_000_000_000 + 123_456 * nsPerFraction, LinkType.LinuxSll, "CC"),
        ];
        Assert.Equal(expected, _files.ReadAll(Pack(file, packing)));
    }

    [Theory]
    [InlineData(12, LinkType.RawIp)]
    [InlineData(14, LinkType.RawIp)]
    [InlineData(101, LinkType.RawIp)]
    [InlineData(276, LinkType.LinuxSll2)]
    [InlineData(0x1400_0001, LinkType.Ethernet)]
    [InlineData(147, (LinkType)147)]
    public void Link_field_is_understood(uint field, LinkType expected) =>
        Assert.Equal(expected, Assert.Single(_files.ReadAll(CaptureBytes.Pcap(link: field).PcapPacket(1, 0, [1]).ToArray())).Link);

    [Fact]
    public void Capture_without_packets_ends_without_error() => Assert.Empty(_files.ReadAll(CaptureBytes.Pcap().ToArray()));

    [Theory]
    [InlineData(Packing.Plain)]
    [InlineData(Packing.Gzip)]
    [InlineData(Packing.Zstd)]
    public void File_larger_than_the_buffer_is_read_whole(Packing packing)
    {
        var random = new Random(1);
        CaptureBytes file = CaptureBytes.Pcap();
        var expected = new List<Got>();
        for (uint n = 0; n < 4000; n++)
        {
            var data = new byte[n % 1000 == 7 ? CaptureFormat.MaxPacketBytes : random.Next(1500)];
            random.NextBytes(data);
            file.PcapPacket(n, 0, data);
            expected.Add(new Got(n * 1_000_000_000L, LinkType.Ethernet, Convert.ToHexString(data)));
        }

        byte[] bytes = file.ToArray();
        Assert.True(bytes.Length > 3 * StreamWindow.BufferBytes);
        Assert.Equal(expected, _files.ReadAll(Pack(bytes, packing)));
    }

    [Fact]
    public void Compressed_pieces_one_after_another_are_one_file()
    {
        byte[] file = CaptureBytes.Pcap().PcapPacket(1, 0, [1]).PcapPacket(2, 0, [2, 3]).ToArray();
        byte[] skippable = [0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 0xaa, 0xbb];
        Got[] expected = [new(1_000_000_000, LinkType.Ethernet, "01"), new(2_000_000_000, LinkType.Ethernet, "0203")];
        Assert.Equal(expected, _files.ReadAll([.. CaptureFiles.Gzip(file[..30]), .. CaptureFiles.Gzip(file[30..])]));
        Assert.Equal(expected, _files.ReadAll([.. skippable, .. CaptureFiles.Zstd(file[..30]), .. CaptureFiles.Zstd(file[30..])]));
    }

    [Fact]
    public void Progress_goes_from_the_header_to_the_size_of_the_file()
    {
        byte[] file = CaptureBytes.Pcap().PcapPacket(1, 0, new byte[100]).PcapPacket(2, 0, new byte[50]).ToArray();
        using CaptureSource source = CaptureSource.Open(_files.Write(file));
        var frames = new Frame[1];
        Assert.Equal((24, 24, file.Length), (source.CurrentOffset, source.BytesConsumed, source.BytesTotal));
        Assert.Equal(1, source.Poll(frames));
        Assert.Equal((140, 140, false), (source.CurrentOffset, source.BytesConsumed, source.IsEnded));
        Assert.Equal(0, source.Poll([]));
        Assert.Equal(1, source.Poll(frames));
        Assert.Equal((file.Length, file.Length, true), (source.CurrentOffset, source.BytesConsumed, source.IsEnded));
    }

    [Fact]
    public void Insane_packet_length_ends_the_file_with_its_offset()
    {
        byte[] file = CaptureBytes.Pcap().PcapPacket(1, 0, [1]).PcapPacket(2, 0, [2], length: CaptureFormat.MaxPacketBytes + 1).ToArray();
        string path = _files.Write(file);
        using CaptureSource source = CaptureSource.Open(path);
        Assert.Single(CaptureFiles.ReadAll(source, out CaptureException? failure));
        Assert.Equal($"{path}: at byte 41: packet length 262145 is beyond 262144: the file is corrupt here", failure!.Message);
    }

    [Fact]
    public void Polling_allocates_nothing()
    {
        CaptureBytes file = CaptureBytes.Pcap();
        for (uint n = 0; n < 20_000; n++)
            file.PcapPacket(n, 0, new byte[64]);
        byte[] bytes = file.ToArray();
        foreach (Packing packing in Enum.GetValues<Packing>())
        {
            using CaptureSource source = CaptureSource.Open(_files.Write(Pack(bytes, packing)));
            var frames = new Frame[32];
            source.Poll(frames);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int packets = 32;
            while (!source.IsEnded)
                packets += source.Poll(frames);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(20_000, packets);
            // Decompressors may allocate by the megabyte that they read, never by the packet.
            Assert.True(allocated <= (packing == Packing.Plain ? 0 : 4096), $"{packing}: {allocated} bytes");
        }
    }

    private static byte[] Pack(byte[] bytes, Packing packing) => packing switch
    {
        Packing.Gzip => CaptureFiles.Gzip(bytes),
        Packing.Zstd => CaptureFiles.Zstd(bytes),
        _ => bytes,
    };
}
