using System.Net;
using System.Net.Sockets;
using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Commands;
using FeedHandler.Replay.Commands;
using FeedHandler.Replay.Tests.Cli;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>What cannot be had on this host ends a start with a message that names it, and no trace.</summary>
public sealed class LiveStartTests : CommandLineFixture
{
    private readonly StringWriter _said = new();

    [Fact]
    public async Task Feed_on_a_port_that_another_program_has_for_itself()
    {
        using var other = Taken(out var port);
        var feed = Write("taken.json", $$$"""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"127.0.0.1:{{{port}}}"}}]}""");
        var terminal = new Terminal(TextWriter.Null, _said);
        Assert.Equal(ExitCode.Failure, await CommandLineHost.RunAsync(FeedHandlerCommandLine.Create(new FeedEngine(), terminal, Folder), ["run", "--feed", feed, "--duration", "1"], terminal));
        Assert.Matches($"^error: .*UDP port {port}: ", _said.ToString());
        Assert.Contains("another program has the port", _said.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"cpu\": 4000,", "the feed: cpu: cpu 4000: ")]
    [InlineData("\"rxCores\": [{\"cpu\": 4000, \"channels\": [\"x\"]}],", "the feed: rxCores[0].cpu: cpu 4000: ")]
    [InlineData("", "--shard-cpus", "--busy-poll", "--shard-cpus", "4000")]
    public async Task Cpu_that_is_not_there_is_bad_configuration_whoever_asks_for_it(string transport, string problem, params string[] options)
    {
        int port;
        using (Taken(out port)) { }
        var feed = Write("cpu.json", $$$"""{{{{transport}}}"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"127.0.0.1:{{{port}}}"}}]}""");
        var terminal = new Terminal(TextWriter.Null, _said);
        Assert.Equal(ExitCode.Usage, await CommandLineHost.RunAsync(FeedHandlerCommandLine.Create(new FeedEngine(), terminal, Folder), ["run", "--feed", feed, "--duration", "1", .. options], terminal));
        Assert.StartsWith("error: ", _said.ToString(), StringComparison.Ordinal);
        Assert.Contains(problem, _said.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_on_a_port_that_is_taken()
    {
        using var other = Taken(out var port);
        var terminal = new Terminal(TextWriter.Null, _said);
        var file = PathOf("day.itch");
        await File.WriteAllBytesAsync(file, [0, 0], TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Usage, await CommandLineHost.RunAsync(ReplayCommandLine.Create(new FeedEngine(), terminal), ["serve", file, "--port", $"{port}"], terminal));
        Assert.StartsWith($"error: --port: {port} on the loopback interface cannot be had: ", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task System_without_live_reception()
    {
        Engine = new FakeEngine { OnStart = _ => throw new PlatformNotSupportedException("receiving live multicast needs 64-bit Linux") };
        Assert.Equal(ExitCode.Failure, await FeedHandler("run", "--feed", Feed));
        Assert.Equal("error: receiving live multicast needs 64-bit Linux\n", Error);
    }

    private static Socket Taken(out int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }
}
