using FeedHandler.Codecs;

namespace FeedHandler.Transport.Tests.Sources;

public sealed class PcapngTests : IDisposable
{
    private readonly CaptureFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_kind_of_block_is_read_or_skipped(bool isBigEndian)
    {
        byte[] file = CaptureBytes.Pcapng(isBigEndian)
            .Block(4, body => body.Add32(0))
            .Interface(link: 1)
            .Interface(link: 276, resolution: 9)
            .Enhanced(0, 5_000_001, [1, 2, 3])
            .Enhanced(1, 5_000_001_234, [4, 5, 6, 7], hasOptions: true)
            .Simple([8])
            .Block(0x4000_0bad, body => body.AddBytes(new byte[64]))
            .OldPacket(0, 6_000_000, [9, 10])
            .Statistics(0, 3)
            .ToArray();
        Got[] expected =
        [
            new(5_000_001_000, LinkType.Ethernet, "010203"),
            new(5_000_001_234, LinkType.LinuxSll2, "04050607"),
            new(5_000_001_234, LinkType.Ethernet, "08"),
            new(6_000_000_000, LinkType.Ethernet, "090A"),
        ];
        Assert.Equal(expected, _files.ReadAll(file));
        Assert.Equal(expected, _files.ReadAll(CaptureFiles.Gzip(file)));
        Assert.Equal(expected, _files.ReadAll(CaptureFiles.Zstd(file)));
    }

    [Fact]
    public void Bytes_of_a_skipped_block_are_not_taken_for_packets()
    {
        // Beyond the largest record, and aligned so that every refill of the window starts on what looks like a packet.
        byte[] decoy = new CaptureBytes().Enhanced(0, 1, []).ToArray();
        CaptureBytes before = CaptureBytes.Pcapng().Interface().Enhanced(0, 5, [1]);
        int toAlign = -(before.ToArray().Length + 8) & (decoy.Length - 1);
        byte[] file = before
            .Block(0x4000_0bad, body =>
            {
                body.AddBytes(new byte[toAlign]);
                for (int bytes = 0; bytes < 6 * 1024 * 1024; bytes += decoy.Length)
                    body.AddBytes(decoy);
            })
            .Enhanced(0, 6, [2])
            .ToArray();
        Assert.Equal(["01", "02"], _files.ReadAll(file).Select(got => got.Hex));
        Assert.Equal(["01", "02"], _files.ReadAll(CaptureFiles.Gzip(file)).Select(got => got.Hex));
    }

    [Theory]
    [InlineData(6, 1_700_000_000_123_456, 1_700_000_000_123_456_000)]
    [InlineData(0, 1_700_000_000, 1_700_000_000_000_000_000)]
    [InlineData(3, 1_700_000_000_123, 1_700_000_000_123_000_000)]
    [InlineData(9, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789)]
    [InlineData(12, 1_700_000_000_123_456, 1_700_000_000_123)]
    [InlineData(19, 17_000_000_000_000_000_000, 1_700_000_000)]
    [InlineData(0x80, 17, 17_000_000_000)]
    [InlineData(0x81, 3, 1_500_000_000)]
    [InlineData(0x80 + 20, 1_700_000_000ul * (1 << 20) + (1 << 18), 1_700_000_000_250_000_000)]
    [InlineData(0x80 + 32, (1_700_000_000ul << 32) + 0xffff_ffff, 1_700_000_000_999_999_999)]
    [InlineData(0x80 + 63, 1ul << 63, 1_000_000_000)]
    [InlineData(0, ulong.MaxValue, long.MaxValue)]
    [InlineData(0x80, ulong.MaxValue, long.MaxValue)]
    public void Time_resolutions_become_nanoseconds(byte resolution, ulong ticks, long expectedNs)
    {
        byte[] file = CaptureBytes.Pcapng().Interface(resolution: resolution).Enhanced(0, ticks, [1]).ToArray();
        Assert.Equal(expectedNs, Assert.Single(_files.ReadAll(file)).TimeNs);
    }

    [Theory]
    [InlineData(1_700_000_000, 5_000_000, 1_700_000_005_000_000_000)]
    [InlineData(-5, 6_000_001, 1_000_001_000)]
    [InlineData(9_000_000_000, ulong.MaxValue, long.MaxValue)]
    public void Time_offset_is_added(long offsetSeconds, ulong ticks, long expectedNs)
    {
        byte[] file = CaptureBytes.Pcapng().Interface(offsetSeconds: offsetSeconds).Enhanced(0, ticks, [1]).ToArray();
        Assert.Equal(expectedNs, Assert.Single(_files.ReadAll(file)).TimeNs);
    }

    [Fact]
    public void Each_section_has_its_own_byte_order_and_interfaces()
    {
        byte[] first = CaptureBytes.Pcapng(isBigEndian: true).Interface(link: 1).Interface(link: 101).Enhanced(1, 7, [1]).ToArray();
        byte[] second = CaptureBytes.Pcapng(isBigEndian: false).Interface(link: 113, resolution: 9).Enhanced(0, 8, [2]).ToArray();
        Assert.Equal(
            [new Got(7000, LinkType.RawIp, "01"), new Got(8, LinkType.LinuxSll, "02"), new Got(7000, LinkType.RawIp, "01")],
            _files.ReadAll([.. first, .. second, .. first]));
    }

    [Fact]
    public void Interfaces_of_an_earlier_section_are_forgotten() =>
        AssertFails(
            [.. CaptureBytes.Pcapng().Interface().ToArray(), .. CaptureBytes.Pcapng().Enhanced(0, 1, [1]).ToArray()],
            "packet of interface 0: its section describes 0 so far", offset: 28 + 32 + 28);

    [Fact]
    public void Simple_packet_is_cut_at_the_snap_length()
    {
        byte[] file = CaptureBytes.Pcapng().Interface(snapLength: 2).Simple([1, 2], originalLength: 1000).ToArray();
        Assert.Equal("0102", Assert.Single(_files.ReadAll(file)).Hex);
    }

    [Fact]
    public void Drops_that_the_file_tells_are_counted()
    {
        byte[] file = CaptureBytes.Pcapng().Interface().Statistics(0, 3).OldPacket(0, 1, [1], drops: 5).OldPacket(0, 1, [1]).Statistics(0, 10).ToArray();
        using CaptureSource source = CaptureSource.Open(_files.Write(file));
        CaptureFiles.ReadAll(source, out _);
        Assert.Equal(15, source.Dropped);
    }

    [Fact]
    public void Unknown_block_larger_than_the_buffer_is_skipped()
    {
        byte[] file = CaptureBytes.Pcapng().Interface()
            .Block(0x0bad, body => body.AddBytes(new byte[3 * StreamWindow.BufferBytes]))
            .Enhanced(0, 1, [1]).ToArray();
        Assert.Single(_files.ReadAll(file));
        Assert.Single(_files.ReadAll(CaptureFiles.Gzip(file)));
        foreach (byte[] cut in new[] { file[..^1000], CaptureFiles.Gzip(file[..^1000]) })
        {
            using CaptureSource source = CaptureSource.Open(_files.Write(cut));
            Assert.Empty(CaptureFiles.ReadAll(source, out CaptureException? failure));
            Assert.Equal(60, failure!.Offset);
            Assert.Equal($"block cut: {file.Length - 1000 - 60} of {3 * StreamWindow.BufferBytes + 12} bytes are there", failure.Reason);
        }
    }

    [Fact]
    public void Many_blocks_without_packets_hold_no_poll_for_long()
    {
        CaptureBytes file = CaptureBytes.Pcapng().Interface();
        for (int n = 0; n < 20_000; n++)
            file.Block(0x0bad, _ => { });
        file.Enhanced(0, 1, [1]);
        using CaptureSource source = CaptureSource.Open(_files.Write(file.ToArray()));
        Assert.Equal(0, source.Poll(new Frame[8]));
        Assert.False(source.IsEnded);
        Assert.Single(CaptureFiles.ReadAll(source, out _));
    }

    [Fact]
    public void Wrong_blocks_end_the_file_with_offset_and_reason()
    {
        const int offset = 28 + 32;
        CaptureBytes Start() => CaptureBytes.Pcapng().Interface();
        AssertFails(Start().Enhanced(1, 0, [1]).ToArray(), "packet of interface 1: its section describes 1 so far", offset);
        AssertFails(Start().Enhanced(0, 0, [1], length: 5).ToArray(), "packet length 5 in a block of 36: the file is corrupt here", offset);
        AssertFails(Start().Enhanced(0, 0, new byte[CaptureFormat.MaxPacketBytes + 4]).ToArray(), "packet length 262148 in a block of 262180: the file is corrupt here", offset);
        AssertFails(Start().Block(6, body => body.AddBytes(new byte[16])).ToArray(), "block of type 6 with 28 bytes: it has 32 at least", offset);
        AssertFails(Start().Block(6, body => body.AddBytes(new byte[20]), totalBytes: 0x7fff_fff0).ToArray(), "block of type 6 with 2147483632 bytes is beyond 524288: the file is corrupt here", offset);
        AssertFails(Start().Block(77, body => body.Add32(0), totalBytes: 8).ToArray(), "block length 8: the file is corrupt here", offset);
        AssertFails(Start().Block(77, body => body.Add32(0), totalBytes: 0).ToArray(), "block length 0: the file is corrupt here", offset);
        AssertFails(Start().Block(77, body => body.Add32(0), totalBytes: 15).ToArray(), "block length 15: the file is corrupt here", offset);
        AssertFails(Start().Block(77, body => body.Add32(0), trailer: 20).ToArray(), "block length is 16 in front and 20 behind: the file is corrupt here", offset);
        AssertFails(Start().Interface(resolution: 40).ToArray(), "interface 1: time resolution 0x28 with offset 0 s does not fit nanoseconds", offset);
        AssertFails(Start().Simple([1], originalLength: 9).ToArray(), "simple packet length 9 in a block of 20: the file is corrupt here", offset);
        AssertFails(Start().Block(0x0a0d_0d0a, body => body.Add32(7).Add32(0).Add64(0)).ToArray(), "section header with byte-order magic 0x00000007", offset);
        AssertFails(Start().Block(0x0a0d_0d0a, body => body.Add32(0x1a2b_3c4d).Add16(2).Add16(0).Add64(0)).ToArray(), "pcapng version 2: only version 1 is known", offset);
        AssertFails(CaptureBytes.Pcapng().Simple([1]).ToArray(), "simple packet before any interface", 28);
    }

    [Fact]
    public void Interfaces_without_end_are_refused()
    {
        CaptureBytes file = CaptureBytes.Pcapng();
        for (int n = 0; n <= PcapngFormat.MaxInterfaces; n++)
            file.Interface();
        AssertFails(file.ToArray(), "more than 4096 interfaces in one section", 28 + 32 * PcapngFormat.MaxInterfaces);
    }

    [Fact]
    public void Options_that_overrun_their_block_are_left()
    {
        byte[] file = CaptureBytes.Pcapng()
            .Block(1, body => body.Add16(1).Add16(0).Add32(0).Add16(9).Add16(0xffff).Add32(0x09))
            .Enhanced(0, 1, [1]).ToArray();
        Assert.Equal(1000, Assert.Single(_files.ReadAll(file)).TimeNs);
    }

    private void AssertFails(byte[] file, string reason, long offset)
    {
        foreach (byte[] packed in new[] { file, CaptureFiles.Zstd(file) })
        {
            string path = _files.Write(packed);
            using CaptureSource source = CaptureSource.Open(path);
            Assert.Empty(CaptureFiles.ReadAll(source, out CaptureException? failure));
            Assert.Equal((path, offset, reason), (failure!.File, failure.Offset, failure.Reason));
        }
    }
}
