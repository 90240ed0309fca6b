using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Commands;
using FeedHandler.Replay.Commands;

namespace FeedHandler.Replay.Tests.Cli;

/// <summary>A folder with a feed and a capture, and both programs run in this process.</summary>
public abstract class CommandLineFixture : IDisposable
{
    // demo.* under their bundled names, so that the demo finds them here, too. Two channels, as the sample results have.
    private const string FeedJson =
        """
        {"channels":[
          {"name":"zeta","protocol":"cme-mdp3","incremental":{"a":"1.1.1.1:1","b":"1.1.1.1:2"}},
          {"name":"alpha","protocol":"cme-mdp3","incremental":{"a":"1.1.1.1:3"}}]}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("replay-cli-");
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    protected CommandLineFixture()
    {
        Feed = Write("demo.feed.json", FeedJson);
        Capture = Write("demo.pcap", "not read by the stand-in engine");
    }

    protected string Feed { get; }

    protected string Capture { get; }

    protected string Folder => _folder.FullName;

    protected string Out => _out.ToString();

    protected string Error => _error.ToString();

    internal FakeEngine Engine { get; set; } = new();

    /// <summary>Whether standard error takes animation.</summary>
    protected bool Rich { get; set; }

    protected string PathOf(string name) => Path.Combine(Folder, name);

    protected string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    protected Task<int> Replay(params string[] args) => Replay(CancellationToken.None, args);

    protected Task<int> Replay(CancellationToken cancellation, params string[] args)
    {
        var terminal = NewTerminal();
        return CommandLineHost.RunAsync(ReplayCommandLine.Create(Engine, terminal), args, terminal, cancellation);
    }

    protected Task<int> FeedHandler(params string[] args) => FeedHandler(CancellationToken.None, args);

    protected Task<int> FeedHandler(CancellationToken cancellation, params string[] args)
    {
        var terminal = NewTerminal();
        return CommandLineHost.RunAsync(FeedHandlerCommandLine.Create(Engine, terminal, Folder), args, terminal, cancellation);
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _out.Dispose();
        _error.Dispose();
        GC.SuppressFinalize(this);
    }

    private Terminal NewTerminal() => new(_out, _error, ErrorIsRich: Rich);
}
