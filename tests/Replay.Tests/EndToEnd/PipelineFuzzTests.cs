using System.Text.Json;
using System.Buffers.Binary;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.EndToEnd;

/// <summary>Damaged frames through the whole path: nothing throws, and no book that says Live breaks its own rules.</summary>
public sealed class PipelineFuzzTests
{
    private const int Frames = 300_000, CheckEvery = 20;

    [Theory]
    [InlineData("demo", 1)]
    [InlineData("cme-v8", 2)]
    [InlineData("cme-reset", 3)]
    public void Damaged_frames_never_break_a_Live_book(string stem, int seed)
    {
        var random = new Random(seed);
        var frames = MemorySource.Read(Pcaps.PathOf(stem + ".pcap"));
        var feed = FeedFile.Load(Pcaps.PathOf(stem + ".feed.json"));
        long fed = 0, malformed = 0, live = 0;
        for (var round = 0; fed < Frames / 3; round++)
        {
            // Some rounds are damaged heavily, some so little that books become Live in between.
            var chance = round % 3 == 0 ? 0.5 : 0.003;
            var damaged = frames.Select(frame => random.NextDouble() < chance ? (Damage(random, frame.Bytes), frame.TimeNs, frame.Link) : frame).ToList();
            using var pipeline = new DirectPipeline<NullListener>(feed, new MemorySource(damaged), default, shards: 1 + (round % 2));
            for (var polls = 0; pipeline.Step(); polls++)
            {
                if (polls % CheckEvery == 0) live += Check(pipeline);
            }

            live += Check(pipeline.Run());
            fed += damaged.Count;
            malformed += pipeline.Receivers[0].Decoder.Malformed.Sum();
        }

        Assert.True(malformed > 1_000, $"{malformed} malformed");
        Assert.True(live > 1_000, $"{live} Live books checked");
    }

    private static byte[] Damage(Random random, byte[] frame)
    {
        byte[] damaged = [.. frame];
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(random.Next(4) == 0 ? 0 : 42, damaged.Length);
            switch (random.Next(5))
            {
                case 0: damaged[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: damaged[at] = (byte)random.Next(256); break;
                case 2 when at + 2 <= damaged.Length: BinaryPrimitives.WriteUInt16LittleEndian(damaged.AsSpan(at), (ushort)(random.Next(2) == 0 ? random.Next(64) : 0xFFFF)); break;
                case 3 when at + 8 <= damaged.Length: BinaryPrimitives.WriteInt64LittleEndian(damaged.AsSpan(at), random.Next(2) == 0 ? long.MaxValue : 0); break;
                default: Array.Resize(ref damaged, Math.Max(43, at)); break;
            }
        }

        return damaged;
    }

    private static long Check(DirectPipeline<NullListener> pipeline)
    {
        long live = 0;
        foreach (var i in pipeline.Instruments)
        {
            if (i.Orders is { } orders)
            {
                if (orders.CheckInvariants() is { } broken) Assert.Fail($"{i.Id}: {broken}");
            }

            if (i.LevelState != BookState.Live) continue;
            live++;
            foreach (var book in (MbpBook?[])[i.Outright, i.Implied])
            {
                if (book is null) continue;
                foreach (var side in (BookSide[])[BookSide.Bid, BookSide.Ask])
                {
                    foreach (ref readonly var level in book.Levels(side)) Assert.True(level.IsKnown);
                }
            }
        }

        return live;
    }
}

/// <summary>The bundled captures.</summary>
internal static class Pcaps
{
    public static string Folder { get; } = Find();

    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The digest of the final books that the manifest gives.</summary>
    public static string DigestOf(string stem) =>
        JsonDocument.Parse(File.ReadAllText(PathOf("manifest.json"))).RootElement.GetProperty("captures").EnumerateArray()
            .Single(capture => capture.GetProperty("file").GetString() == stem + ".pcap").GetProperty("books_digest").GetString()!;

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FeedHandler.sln"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new DirectoryNotFoundException("FeedHandler.sln is not above the tests"), "pcaps");
    }
}
