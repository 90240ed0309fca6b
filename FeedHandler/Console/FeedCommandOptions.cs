using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FeedHandler.Actors;
using FeedHandler.Transport;

namespace FeedHandler.Cli;

/// <summary>The options that every command with a feed has.</summary>
internal sealed class FeedCommandOptions
{
    private readonly Option<string> _feed = new("--feed")
    {
        Description = "The feed: FEED.json, or CME's own channel configuration (config.xml) with --channel",
        HelpName = "FEED.json",
        Required = true,
    };

    private readonly Option<string[]> _channels = new("--channel")
    {
        Description = "Only this channel; may be repeated. Required with config.xml, where it is the channel id",
        HelpName = "NAME",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _schema = new("--schema")
    {
        Description = "The venue's SBE schema for every channel, in place of what the feed file says",
        HelpName = "SCHEMA.xml",
    };

    private readonly Option<RecoveryMode> _recovery = new("--recovery")
    {
        Description = "How books recover from a gap: snapshot (from the snapshot loop, the default) or natural (from the incrementals that follow)",
        HelpName = "snapshot|natural",
        CustomParser = Recovery,
    };

    private readonly Option<int> _shards = new("--shards")
    {
        Description = $"Book shards, 1 to {FeedRunOptions.MaxShards}; the books do not depend on it",
        HelpName = "N",
        CustomParser = Shards,
        DefaultValueFactory = _ => 1,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_feed);
        command.Options.Add(_channels);
        command.Options.Add(_schema);
        command.Options.Add(_recovery);
        command.Options.Add(_shards);
    }

    /// <summary>Path of the feed file.</summary>
    public string FeedPath(ParseResult parse) => parse.GetRequiredValue(_feed);

    public FeedRunOptions Read(ParseResult parse) => new()
    {
        Feed = FeedFile.Load(FeedPath(parse), parse.GetValue(_channels), parse.GetValue(_schema)),
        Recovery = parse.GetValue(_recovery),
        Shards = parse.GetValue(_shards),
    };

    private static RecoveryMode Recovery(ArgumentResult result)
    {
        switch (result.Tokens[0].Value)
        {
            case "snapshot": return RecoveryMode.Snapshot;
            case "natural": return RecoveryMode.Natural;
            default:
                result.AddError($"--recovery: \"{result.Tokens[0].Value}\" is neither snapshot nor natural");
                return default;
        }
    }

    private static int Shards(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var shards) && shards is >= 1 and <= FeedRunOptions.MaxShards)
        {
            return shards;
        }

        result.AddError($"--shards: \"{text}\" is not a number from 1 to {FeedRunOptions.MaxShards}");
        return default;
    }
}
