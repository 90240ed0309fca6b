using FeedHandler.Codecs;

namespace FeedHandler.Transport.Tests.Sources;

public sealed class MergedSourceTests : IDisposable
{
    private readonly CaptureFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Packets_come_by_time_and_ties_in_the_order_of_the_files()
    {
        string[] paths = [File("a", 1, 3, 3, 9), File("b", 3, 4), File("c", 0, 3, 10)];
        Assert.Equal("c0 a1 a3 a3 b3 c3 b4 a9 c10", Merge(paths, batch: 3));
    }

    [Fact]
    public void Order_within_a_file_is_kept_where_its_times_step_back()
    {
        string[] paths = [File("a", 5, 2, 8, 1, 9), File("b", 3, 6, 7)];
        Assert.Equal("b3 a5 a2 b6 b7 a8 a1 a9", Merge(paths, batch: 100));
    }

    [Fact]
    public void Empty_captures_do_not_hold_the_others()
    {
        string[] paths = [File("a"), File("b", 1), File("c")];
        Assert.Equal("b1", Merge(paths, batch: 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(500)]
    public void Merge_of_many_files_equals_a_stable_sort(int batch)
    {
        var random = new Random(11);
        var all = new List<(uint Time, int File, int Index)>();
        var paths = new List<string>();
        for (int file = 0; file < 6; file++)
        {
            uint time = 0;
            var times = new uint[random.Next(400)];
            for (int n = 0; n < times.Length; n++)
            {
                times[n] = time += (uint)random.Next(3);
                all.Add((time, file, n));
            }

            // Both kinds of memory: mapped, and a buffer that moves under the frames.
            paths.Add(_files.Write(file % 2 == 0 ? Bytes($"{file}", times) : CaptureFiles.Gzip(Bytes($"{file}", times))));
        }

        string expected = string.Join(' ', all.OrderBy(one => (one.Time, one.File, one.Index)).Select(one => $"{one.File}{one.Time}"));
        Assert.Equal(expected, Merge(paths, batch));
    }

    [Fact]
    public void Frames_of_a_streamed_file_stay_valid_until_the_next_poll()
    {
        var big = new byte[CaptureFormat.MaxPacketBytes];
        var expected = new List<Got>();
        var paths = new List<string>();
        for (uint file = 0; file < 2; file++)
        {
            CaptureBytes bytes = CaptureBytes.Pcap();
            for (uint n = 0; n < 20; n++)
            {
                Array.Fill(big, (byte)(n * 2 + file));
                bytes.PcapPacket(n * 2 + file, 0, big);
                expected.Add(new Got((n * 2 + file) * 1_000_000_000L, LinkType.Ethernet, Convert.ToHexString(big)));
            }

            paths.Add(_files.Write(CaptureFiles.Zstd(bytes.ToArray())));
        }

        using ICaptureSource source = CaptureSource.OpenAll(paths);
        Assert.Equal(expected.OrderBy(one => one.TimeNs), CaptureFiles.ReadAll(source, out _, batch: 64));
    }

    [Fact]
    public void Cut_files_fail_once_each_after_all_packets_of_all_files()
    {
        byte[] cut = Bytes("x", 1, 2, 30)[..^1];
        string[] paths = [_files.Write(cut), File("b", 5, 6), _files.Write(cut)];
        using ICaptureSource source = CaptureSource.OpenAll(paths);
        var frames = new Frame[10];
        int packets = 0;
        var failures = new List<string>();
        while (!source.IsEnded)
        {
            try
            {
                packets += source.Poll(frames);
            }
            catch (CaptureException failure)
            {
                Assert.Equal(6, packets);
                failures.Add(failure.File);
            }
        }

        Assert.Equal([paths[0], paths[2]], failures);
        Assert.Equal(0, source.Poll(frames));
    }

    [Fact]
    public void Progress_is_that_of_all_files()
    {
        string[] paths = [File("a", 1, 2), File("b", 3)];
        using ICaptureSource source = CaptureSource.OpenAll(paths);
        long total = paths.Sum(path => new FileInfo(path).Length);
        Assert.Equal((48, total), (source.BytesConsumed, source.BytesTotal));
        CaptureFiles.ReadAll(source, out _);
        Assert.Equal(total, source.BytesConsumed);
    }

    [Fact]
    public void File_that_cannot_be_opened_is_named()
    {
        string[] paths = [File("a", 1), _files.Missing()];
        Assert.Equal(_files.Missing(), Assert.Throws<CaptureException>(() => CaptureSource.OpenAll(paths)).File);
    }

    [Fact]
    public void Polling_allocates_nothing()
    {
        string[] paths = [File("a", [.. Enumerable.Range(0, 5000).Select(n => (uint)n)]), File("b", [.. Enumerable.Range(0, 5000).Select(n => (uint)n * 2)])];
        using ICaptureSource source = CaptureSource.OpenAll(paths);
        var frames = new Frame[32];
        int packets = source.Poll(frames);
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (!source.IsEnded)
            packets += source.Poll(frames);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(10_000, packets);
    }

    private static byte[] Bytes(string name, params uint[] times)
    {
        CaptureBytes bytes = CaptureBytes.Pcap();
        foreach (uint time in times)
            bytes.PcapPacket(time, 0, [(byte)name[0]]);
        return bytes.ToArray();
    }

    private string File(string name, params uint[] times) => _files.Write(Bytes(name, times));

    private static string Merge(IReadOnlyList<string> paths, int batch)
    {
        using ICaptureSource source = CaptureSource.OpenAll(paths);
        List<Got> all = CaptureFiles.ReadAll(source, out CaptureException? failure, batch);
        Assert.Null(failure);
        return string.Join(' ', all.Select(one => $"{(char)Convert.ToByte(one.Hex, 16)}{one.TimeNs / 1_000_000_000}"));
    }
}
