using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using FeedHandler.Replay.Commands;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Tests.Synthetic;

/// <summary>The files of pcaps/ are what manifest.json says, and the command in it makes them again.</summary>
public sealed class BundledCaptureTests : IDisposable
{
    private static readonly string Folder = FindFolder();

    private readonly TemporaryFolder _temporary = new();

    public static TheoryData<string> Names => [.. Manifest().Select(capture => capture.GetProperty("file").GetString()!)];

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Command_in_the_manifest_makes_the_same_bytes(string name)
    {
        JsonElement entry = Manifest().Single(capture => capture.GetProperty("file").GetString() == name);
        string[] command = entry.GetProperty("command").GetString()!.Split(' ');
        Assert.Equal("replay", command[0]);
        Assert.Equal(["--out", $"pcaps/{name}"], command[^2..]);
        var root = new RootCommand { GenerateCommand.Create(new FeedHandler.Cli.Terminal(TextWriter.Null, TextWriter.Null)) };
        Assert.Equal(0, root.Parse([.. command[1..^1], _temporary.File(name)]).Invoke());

        string stem = Path.GetFileNameWithoutExtension(name);
        foreach (string file in (string[])[name, $"{stem}.books.csv", $"{stem}.orders.csv", $"{stem}.instruments.csv", $"{stem}.bbo.csv", $"{stem}.feed.json"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, file)), File.ReadAllBytes(_temporary.File(file)));
        }

        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, name));
        Assert.Equal(entry.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.Equal(entry.GetProperty("bytes").GetInt64(), bytes.LongLength);
    }

    [Theory]
    [InlineData("demo", 13, 901u)]
    [InlineData("cme-v8", 8, 1u)]
    [InlineData("cme-reset", 13, 4_294_967_000u)]
    public void Naive_receiver_reaches_the_expected_books(string stem, int version, uint firstSequence)
    {
        var capture = new CaptureFile(Path.Combine(Folder, stem + ".pcap"));
        NaiveReceiver receiver = NaiveRecovery.Run(capture, version, firstSequence);
        Assert.Equal(Rows(stem + ".books.csv"), receiver.Books.SelectMany(b => b.Value.BookRows("cme-310", b.Key)));
        Assert.Equal(Rows(stem + ".orders.csv"), receiver.Books.SelectMany(b => b.Value.OrderRows("cme-310", b.Key)));
        Assert.Equal(Rows(stem + ".instruments.csv").Select(row => row.Split(',')[4]), receiver.Books.Values.Select(b => $"{b.RptSeq}"));
    }

    [Fact]
    public void Demo_loses_packets_on_each_line_and_one_range_on_both()
    {
        var capture = new CaptureFile(Path.Combine(Folder, "demo.pcap"));
        uint[] a = [.. capture.Payloads(CmeFeed.Incremental, Line.A).Select(CaptureFile.Sequence)];
        uint[] b = [.. capture.Payloads(CmeFeed.Incremental, Line.B).Select(CaptureFile.Sequence)];
        uint[] all = [.. Enumerable.Range((int)a.Min(), (int)(a.Max() - a.Min() + 1)).Select(i => (uint)i)];
        Assert.True(all.Except(a).Count() > 8);
        Assert.True(all.Except(b).Count() > 8);
        uint[] lost = [.. all.Except(a).Except(b)];
        Assert.Equal(4, lost.Length);
        Assert.Equal(lost[0] + 3, lost[^1]);
    }

    private static IEnumerable<string> Rows(string file) => File.ReadAllLines(Path.Combine(Folder, file)).Skip(1);

    private static IEnumerable<JsonElement> Manifest() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "manifest.json"))).RootElement.GetProperty("captures").EnumerateArray();

    private static string FindFolder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FeedHandler.sln"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new DirectoryNotFoundException("FeedHandler.sln is not above the tests"), "pcaps");
    }
}
