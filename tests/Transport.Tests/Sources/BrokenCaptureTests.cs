namespace FeedHandler.Transport.Tests.Sources;

public sealed class BrokenCaptureTests : IDisposable
{
    private readonly CaptureFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Pcap_cut_at_every_byte_gives_all_whole_packets_and_then_the_reason_once()
    {
        CaptureBytes bytes = CaptureBytes.Pcap();
        var ends = new List<int> { 24 };
        foreach (int length in new[] { 44, 0, 3, 44 })
        {
            bytes.PcapPacket(1, 2, new byte[length]);
            ends.Add(bytes.ToArray().Length);
        }

        AssertEveryCut(bytes.ToArray(), headerBytes: 24, ends, "pcap file header cut");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pcapng_cut_at_every_byte_gives_all_whole_packets_and_then_the_reason_once(bool isBigEndian)
    {
        CaptureBytes bytes = CaptureBytes.Pcapng(isBigEndian);
        var ends = new List<int> { 28 };
        Action[] blocks =
        [
            () => bytes.Interface(resolution: 9, offsetSeconds: 1),
            () => bytes.Enhanced(0, 5, new byte[13], hasOptions: true),
            () => bytes.Block(77, body => body.Add32(1)),
            () => bytes.Simple([1, 2, 3]),
            () => bytes.Section(isBigEndian),
            () => bytes.Interface(),
            () => bytes.OldPacket(0, 9, [1]),
        ];
        foreach (Action add in blocks)
        {
            add();
            ends.Add(bytes.ToArray().Length);
        }

        AssertEveryCut(bytes.ToArray(), headerBytes: 28, ends, "pcapng section header cut");
    }

    [Fact]
    public void Cut_says_how_much_of_how_much_is_there()
    {
        byte[] file = CaptureBytes.Pcap().PcapPacket(1, 0, [1]).PcapPacket(2, 0, new byte[44]).ToArray();
        Assert.Equal("packet record cut: 24 of 60 bytes are there", FailureOf(file[..(41 + 24)]).Reason);
        Assert.Equal("packet header cut: 7 of 16 bytes are there", FailureOf(file[..(41 + 7)]).Reason);
        Assert.Equal(41, FailureOf(file[..(41 + 7)]).Offset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compressed_file_cut_at_every_byte_is_never_taken_for_whole(bool isZstd)
    {
        CaptureBytes bytes = CaptureBytes.Pcap();
        var random = new Random(3);
        for (uint n = 0; n < 20; n++)
        {
            var data = new byte[20];
            random.NextBytes(data);
            bytes.PcapPacket(n, 0, data);
        }

        byte[] packed = isZstd ? CaptureFiles.Zstd(bytes.ToArray()) : CaptureFiles.Gzip(bytes.ToArray());
        for (int length = 1; length < packed.Length; length++)
            Assert.NotNull(FailureOf(packed[..length]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compressed_file_cut_in_the_middle_gives_all_packets_that_can_be_unpacked(bool isZstd)
    {
        const int PacketBytes = 1000;
        const int Packets = 5000;
        CaptureBytes bytes = CaptureBytes.Pcap();
        var random = new Random(11);
        for (uint n = 0; n < Packets; n++)
        {
            // Half of it does not compress, so the unpacked length follows the packed one.
            var data = new byte[PacketBytes];
            random.NextBytes(data.AsSpan(0, PacketBytes / 2));
            bytes.PcapPacket(n, 0, data);
        }

        byte[] whole = bytes.ToArray();
        byte[] packed = isZstd ? CaptureFiles.Zstd(whole) : CaptureFiles.Gzip(whole);
        List<Got> all = _files.ReadAll(whole);
        foreach (int percent in new[] { 20, 50, 99 })
        {
            using CaptureSource source = CaptureSource.Open(_files.Write(packed[..(int)(packed.LongLength * percent / 100)]));
            List<Got> got = CaptureFiles.ReadAll(source, out CaptureException? failure);
            Assert.StartsWith("compressed data cut or corrupt", failure!.Reason, StringComparison.Ordinal);
            Assert.Equal(all.Take(got.Count), got);

            // All that can be unpacked is in packets, but for one that is cut; the rest of the file was not yet in a whole compressed block.
            Assert.Equal(got.Count, (failure.Offset - 24) / (PacketBytes + 16));
            Assert.InRange(got.Count, (Packets * percent / 100) - 300, Packets * percent / 100 + 10);
        }
    }

    [Fact]
    public void Corrupt_compressed_data_gives_an_error_or_another_capture_but_no_crash()
    {
        CaptureBytes bytes = CaptureBytes.Pcap();
        for (uint n = 0; n < 50; n++)
            bytes.PcapPacket(n, n, [(byte)n, 2, 3, (byte)(n * 7)]);
        var random = new Random(5);
        int failures = 0;
        foreach (byte[] packed in new[] { CaptureFiles.Gzip(bytes.ToArray()), CaptureFiles.Zstd(bytes.ToArray()) })
        {
            for (int n = 0; n < 300; n++)
            {
                byte[] damaged = [.. packed];
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                failures += TryRead(damaged) == null ? 0 : 1;
            }
        }

        Assert.True(failures > 400, $"only {failures} of 600 were noticed");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_captures_never_crash(bool isPcapng)
    {
        CaptureBytes bytes = isPcapng ? CaptureBytes.Pcapng().Interface(resolution: 9) : CaptureBytes.Pcap();
        for (uint n = 0; n < 6; n++)
        {
            if (isPcapng)
                bytes.Enhanced(0, n, new byte[n * 5], hasOptions: n % 2 == 0).Statistics(0, n);
            else
                bytes.PcapPacket(n, n, new byte[n * 5]);
        }

        byte[] whole = bytes.ToArray();
        var random = new Random(7);
        int failures = 0;
        for (int n = 0; n < 3000; n++)
        {
            byte[] damaged = [.. whole];
            for (int hits = random.Next(1, 4); hits > 0; hits--)
                damaged[random.Next(damaged.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : 0xff * random.Next(2));
            failures += TryRead(damaged) == null ? 0 : 1;
        }

        Assert.InRange(failures, 300, 2990);
    }

    [Fact]
    public void What_is_not_a_capture_is_told_at_opening()
    {
        AssertOpenFails([], "the file is empty");
        AssertOpenFails([0xd4, 0xc3], "not a capture: only 2 bytes");
        AssertOpenFails("hello, world"u8.ToArray(), "not a capture: found bytes 68 65 6c 6c, expected pcap or pcapng, plain, gzip or zstd");
        AssertOpenFails(CaptureFiles.Gzip("hello, world"u8.ToArray()), "not a capture: found bytes 68 65 6c 6c, expected pcap or pcapng, plain, gzip or zstd");
        AssertOpenFails(CaptureFiles.Gzip([]), "the file is empty");
        AssertOpenFails("PK\u0003\u0004...."u8.ToArray(), "not a capture: found a zip archive, expected pcap or pcapng, plain, gzip or zstd");
        AssertOpenFails("BZh91AY"u8.ToArray(), "not a capture: found bzip2-compressed data, expected pcap or pcapng, plain, gzip or zstd");
        AssertOpenFails(CaptureFiles.Gzip(CaptureFiles.Gzip(CaptureBytes.Pcap().ToArray())), "not a capture: found gzip inside the compression (or on a pipe), expected pcap or pcapng, plain, gzip or zstd");
        AssertOpenFails(CaptureBytes.Pcap(major: 7).ToArray(), "pcap version 7: only version 2 is known");
    }

    [Fact]
    public void Zstd_frame_that_wants_gigabytes_is_refused()
    {
        // Frame header with a window of 2^31 bytes, then an empty last block.
        byte[] greedy = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (31 - 10) << 3, 0x01, 0x00, 0x00];
        Assert.Contains("too much memory", FailureOf(greedy).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_and_folder_are_told_apart()
    {
        Assert.Equal($"{_files.Missing()}: there is no such file", Assert.Throws<CaptureException>(() => CaptureSource.Open(_files.Missing())).Message);
        Assert.Equal($"{_files.Folder()}: is a directory, not a capture file", Assert.Throws<CaptureException>(() => CaptureSource.Open(_files.Folder())).Message);
    }

    private void AssertEveryCut(byte[] whole, int headerBytes, List<int> ends, string headerReason)
    {
        List<Got> all = _files.ReadAll(whole);
        for (int length = 4; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            if (length < headerBytes)
            {
                Assert.StartsWith(headerReason, FailureOf(cut).Reason, StringComparison.Ordinal);
                continue;
            }

            foreach (byte[] file in new[] { cut, CaptureFiles.Gzip(cut) })
            {
                using CaptureSource source = CaptureSource.Open(_files.Write(file));
                List<Got> got = CaptureFiles.ReadAll(source, out CaptureException? failure, batch: 2);
                Assert.Equal(all.Take(got.Count), got);
                int recordStart = ends.Last(end => end <= length);
                Assert.Equal(recordStart == length, failure == null);
                if (failure != null)
                {
                    Assert.Equal(recordStart, failure.Offset);
                    Assert.Contains($"cut: {length - recordStart} of ", failure.Reason, StringComparison.Ordinal);
                }
            }
        }
    }

    private CaptureException FailureOf(byte[] file) => TryRead(file) ?? throw new InvalidOperationException($"{file.Length} bytes were read without error");

    private CaptureException? TryRead(byte[] file)
    {
        try
        {
            using CaptureSource source = CaptureSource.Open(_files.Write(file));
            CaptureFiles.ReadAll(source, out CaptureException? failure);
            return failure;
        }
        catch (CaptureException failure)
        {
            return failure;
        }
    }

    private void AssertOpenFails(byte[] file, string reason)
    {
        string path = _files.Write(file);
        var failure = Assert.Throws<CaptureException>(() => CaptureSource.Open(path));
        Assert.Equal((path, reason), (failure.File, failure.Reason));
    }
}
