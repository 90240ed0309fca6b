using System.IO.Compression;
using FeedHandler.Codecs;
using ZstdSharp;

namespace FeedHandler.Transport.Tests.Sources;

/// <summary>A frame as a value, to be compared after its memory is gone.</summary>
internal sealed record Got(long TimeNs, LinkType Link, string Hex);

/// <summary>A folder for the files of one test.</summary>
internal sealed class CaptureFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("captures-").FullName;
    private int _files;

    public string Write(byte[] bytes)
    {
        // The name says nothing: what a file is must be found in it.
        string path = Path.Combine(_folder, $"{_files++}.dat");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Missing() => Path.Combine(_folder, "missing.pcap");

    public string Folder() => _folder;

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(bytes);
        return packed.ToArray();
    }

    public static byte[] Zstd(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new CompressionStream(packed, leaveOpen: true))
            stream.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Reads to the end with batches of the given size; the failure, if any, is given beside the frames.</summary>
    public static List<Got> ReadAll(IFrameSource source, out CaptureException? failure, int batch = 7)
    {
        var all = new List<Got>();
        failure = null;
        var frames = new Frame[batch];
        int idlePolls = 0;
        while (!source.IsEnded)
        {
            try
            {
                int count = source.Poll(frames);
                idlePolls = count == 0 ? idlePolls + 1 : 0;
                Assert.True(idlePolls < 1000, "the source neither gives frames nor ends");
                for (int i = 0; i < count; i++)
                    all.Add(Copy(frames[i]));
            }
            catch (CaptureException thrown)
            {
                Assert.Null(failure);
                failure = thrown;
            }
        }

        Assert.Equal(0, source.Poll(frames));
        return all;
    }

    public List<Got> ReadAll(byte[] file)
    {
        using CaptureSource source = CaptureSource.Open(Write(file));
        List<Got> all = ReadAll(source, out CaptureException? failure);
        Assert.Null(failure);
        return all;
    }

    public static unsafe Got Copy(in Frame frame) =>
        new(frame.ReceiveTimeNs, frame.Link, Convert.ToHexString(new ReadOnlySpan<byte>(frame.Data, frame.Length)));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
