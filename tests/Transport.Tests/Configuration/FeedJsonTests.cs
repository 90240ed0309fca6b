namespace FeedHandler.Transport.Tests.Configuration;

public sealed class FeedJsonTests : IDisposable
{
    private const string Least = """{"name":"x","protocol":"cme-mdp3","incremental":{"a":"224.0.31.11:14320"}}""";

    private readonly FeedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_key_of_a_channel_is_read()
    {
        _folder.Write("venue.xml", "<xml/>");
        var feed = Load("""
            {"channels":[ // the whole vocabulary
              {"name":"cme-310","protocol":"cme-mdp3","schema":"venue.xml",
               "incremental":{"a":"224.0.31.11:14320","b":"224.0.32.11:15320","source":"10.0.0.1"},
               "snapshot":{"a":"224.0.31.12:1","b":"224.0.31.12:2","source":{"a":"10.0.0.2"}},
               "mboSnapshot":{"a":{"address":"224.0.31.13:1","source":"10.0.0.3"},"source":"10.0.0.4"},
               "definitions":{"a":"224.0.31.14:65535"},
               "depth":5,"reorderTimeoutMs":0,"reorderWindow":64,"recoveryBuffer":1000,"maxInstruments":20,"maxOrders":30,"silenceSeconds":90,},
            ]}
            """);

        Assert.Equal(
            new ChannelDefinition
            {
                Name = "cme-310",
                Protocol = FeedProtocol.CmeMdp3,
                SchemaPath = _folder.PathOf("venue.xml"),
                Incremental = new(new(0xE0001F0B, 14320, 0x0A000001), new(0xE000200B, 15320, 0x0A000001)),
                Snapshot = new(new(0xE0001F0C, 1, 0x0A000002), new(0xE0001F0C, 2)),
                MboSnapshot = new(new(0xE0001F0D, 1, 0x0A000003), null),
                Definitions = new(new(0xE0001F0E, 65535), null),
                Depth = 5,
                ReorderTimeoutMs = 0,
                ReorderWindow = 64,
                RecoveryBuffer = 1000,
                MaxInstruments = 20,
                MaxOrders = 30,
                SilenceSeconds = 90,
            },
            Assert.Single(feed.Channels));
    }

    [Fact]
    public void Source_of_a_channel_holds_for_all_its_lines_but_those_that_name_their_own()
    {
        var channel = Assert.Single(Load("""
            {"channels":[{"name":"x","protocol":"cme-mdp3","source":{"a":"10.0.0.1","b":"10.0.0.2"},
             "incremental":{"a":"224.0.31.11:1","b":"224.0.31.11:2"},
             "snapshot":{"a":"224.0.31.12:1","b":"224.0.31.12:2","source":"10.0.0.3"},
             "mboSnapshot":{"a":{"address":"224.0.31.13:1","source":"10.0.0.4"},"b":"224.0.31.13:2"},
             "definitions":{"a":"224.0.31.14:1","b":"224.0.31.14:2","source":{"b":"10.0.0.5"}}}]}
            """).Channels);

        Assert.Equal([0x0A000001u, 0x0A000002u, 0x0A000003u, 0x0A000003u, 0x0A000004u, 0x0A000002u, 0x0A000001u, 0x0A000005u],
            channel.Feeds().SelectMany(feed => new[] { feed.Lines.A.Source!.Value, feed.Lines.B!.Source!.Value }));
        Assert.Equal(0x0A000001u, Assert.Single(Load("""{"channels":[{"name":"x","protocol":"cme-mdp3","source":"10.0.0.1","incremental":{"a":"224.0.31.11:1"}}]}""").Channels).Incremental.A.Source);
    }

    [Fact]
    public void Largest_reorder_window_that_a_feed_file_may_ask_for_is_one_that_the_arbiter_takes()
    {
        var channel = Assert.Single(Load("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5"},"reorderWindow":65536}]}""").Channels);
        Assert.NotNull(new LineArbiter(new LineArbiterOptions { ReorderWindowPackets = channel.ReorderWindow!.Value }));
    }

    [Fact]
    public void Name_protocol_and_line_a_are_enough()
    {
        var channel = Assert.Single(Load($$"""{"channels":[{{Least}}]}""").Channels);

        Assert.Equal(
            new ChannelDefinition { Name = "x", Protocol = FeedProtocol.CmeMdp3, Incremental = new(new(0xE0001F0B, 14320), null) },
            channel);
        Assert.Equal(10, channel.Depth);
    }

    [Theory]
    // Syntax
    [InlineData("", "line 1, column 1", "JSON")]
    [InlineData("{\"channels\":[\n{\"name\" 1}]}", "line 2, column 9", "':'")]
    [InlineData("{\"channels\":[\n{\"name\" 1}]}", "line 2, column 9", "this is not JSON. Look there and just before it for a quote, comma, colon or bracket")]
    [InlineData("{\"channels\":[", "line 1, column 14", "Look there and just before it")]
    [InlineData("channel,protocol\n", "line 1, column 1", "this is not JSON. A feed file begins with {\"channels\": [; is this the right file?")]
    [InlineData("""{"channels":[{"name":"x","name":"y"}]}""", "", "name")]
    // Shape of the file
    [InlineData("[]", "", "expected an object { … }, found an array")]
    [InlineData("{}", "channels", "missing")]
    [InlineData("""{"channels":{}}""", "channels", "expected an array [ … ], found an object")]
    [InlineData("""{"channels":[]}""", "channels", "has no channel")]
    [InlineData("""{"chanels":[]}""", "chanels", "did you mean \"channels\"?")]
    [InlineData("""{"channels":[7]}""", "channels[0]", "expected an object { … }, found the number 7")]
    // Channel
    [InlineData("""{"channels":[{"protocol":"cme-mdp3"}]}""", "channels[0].name", "missing")]
    [InlineData("""{"channels":[{"name":310}]}""", "channels[0].name", "expected a string, found the number 310")]
    [InlineData("""{"channels":[{"name":""}]}""", "channels[0].name", "1 to 64 characters")]
    [InlineData("""{"channels":[{"name":"a\u0001"}]}""", "channels[0].name", "control characters")]
    [InlineData("""{"channels":[{"name":"x"}]}""", "channels[0].protocol", "missing; known protocols: cme-mdp3")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp2"}]}""", "channels[0].protocol", "unknown protocol \"cme-mdp2\"; known: cme-mdp3")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3"}]}""", "channels[0].incremental", "missing")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incrmental":{}}]}""", "channels[0].incrmental", "did you mean \"incremental\"?")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","mbosnapshot":{}}]}""", "channels[0].mbosnapshot", "did you mean \"mboSnapshot\"?")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","colour":1}]}""", "channels[0].colour", "known here: name, protocol, incremental")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","schema":"none.xml","incremental":{"a":"1.2.3.4:5"}}]}""", "channels[0].schema", "no schema file \"none.xml\"")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","schema":"","incremental":{"a":"1.2.3.4:5"}}]}""", "channels[0].schema", "no schema file")]
    // Lines
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":"1.2.3.4:5"}]}""", "channels[0].incremental", "expected an object { … }, found the string \"1.2.3.4:5\"")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"b":"1.2.3.4:5"}}]}""", "channels[0].incremental.a", "missing")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5","c":"1.2.3.4:6"}}]}""", "channels[0].incremental.c", "unknown key")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":{"source":"1.2.3.4"}}}]}""", "channels[0].incremental.a.address", "missing")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5","source":"x"}}]}""", "channels[0].incremental.source", "\"x\" is not an IPv4 address")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5","source":{"a":"1.2.3.4:5"}}}]}""", "channels[0].incremental.source.a", "a source has no port")]
    // Numbers
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5"},"depth":"10"}]}""", "channels[0].depth", "expected a number, found the string \"10\"")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5"},"depth":256}]}""", "channels[0].depth", "256 is out of range; write a whole number from 1 to 255")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5"},"maxOrders":1.5}]}""", "channels[0].maxOrders", "1.5 is out of range")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5"},"reorderWindow":65537}]}""", "channels[0].reorderWindow", "65537 is out of range; write a whole number from 1 to 65536")]
    [InlineData("""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"1.2.3.4:5"},"source":{"c":"1.1.1.1"}}]}""", "channels[0].source.c", "unknown key")]
    [InlineData("""{"channels":[{"name":"x","protocol":"itch50","incremental":{"a":"1.2.3.4:5"},"silenceSeconds":-1}]}""", "channels[0].silenceSeconds", "-1 is out of range; write a whole number from 0 to 86400")]
    // Half of a surrogate pair is JSON, but no text
    [InlineData("{\"channels\":[\n  {\"name\":\"x\\ud800\"}]}", "line 2, column 11", "x\\ud800 has half of a surrogate pair")]
    [InlineData("""{"channels":[{"name\udc00":"x"}]}""", "line 1, column 15", "name\\udc00 has half of a surrogate pair")]
    [InlineData("""{"channels":[{"name\udc00":"x","name\udc00":"x"}]}""", "line 1, column 15", "half of a surrogate pair")]
    public void Complaint_names_file_key_and_remedy(string json, string key, string problem)
    {
        var e = Refused(json);

        Assert.Equal(key, e.Key);
        Assert.StartsWith(key.Length == 0 ? $"{e.File}: " : $"{e.File}: {key}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("224.0.31.11", "\"224.0.31.11\" has no port; write \"224.0.31.11:14320\"")]
    [InlineData("224.0.31.11:", "bad port \"\"")]
    [InlineData("224.0.31.11:0", "bad port \"0\"")]
    [InlineData("224.0.31.11:65536", "bad port \"65536\"")]
    [InlineData("224.0.31.11:+1", "bad port \"+1\"")]
    [InlineData("224.0.31:14320", "\"224.0.31\" is not an IPv4 address")]
    [InlineData("224.0.31.256:1", "\"224.0.31.256\" is not an IPv4 address")]
    [InlineData("224.0.31.0x1:1", "is not an IPv4 address")]
    [InlineData("224.0..1:1", "is not an IPv4 address")]
    [InlineData("224.0.31.11.1:1", "is not an IPv4 address")]
    [InlineData("exchange.example:1", "\"exchange.example\" is not an IPv4 address")]
    [InlineData("[ff02::1]:14320", "is not an IPv4 address and port")]
    [InlineData("", "\"\" is not an IPv4 address")]
    public void Bad_address_is_explained(string address, string problem)
    {
        var e = Refused($$$"""{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"{{{address}}}"}}]}""");

        Assert.Equal("channels[0].incremental.a", e.Key);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicate_channel_name_names_both_places()
    {
        var e = Refused($$"""{"channels":[{{Least}},{{Least}}]}""");

        Assert.Equal("channels[1].name", e.Key);
        Assert.Contains("already the name of channels[0]", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"y","protocol":"cme-mdp3","incremental":{"a":"1.1.1.1:1","b":"224.0.31.11:14320"}}""", "y incremental.b", "x incremental.a")]
    [InlineData("""{"name":"y","protocol":"cme-mdp3","incremental":{"a":"1.1.1.1:1"},"definitions":{"a":"1.1.1.1:1"}}""", "y definitions.a", "y incremental.a")]
    [InlineData("""{"name":"y","protocol":"cme-mdp3","incremental":{"a":"1.1.1.1:1","b":"1.1.1.1:1"}}""", "y incremental.b", "y incremental.a")]
    public void Two_lines_on_one_address_are_both_named(string second, string key, string other)
    {
        var e = Refused($$"""{"channels":[{{Least}},{{second}}]}""");

        Assert.Equal(key, e.Key);
        Assert.Contains($"is already the address of {other}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Channels_are_chosen_by_name()
    {
        var path = _folder.Write("feed.json", $$"""
            {"channels":[{{Least}},{"name":"y","protocol":"cme-mdp3","incremental":{"a":"1.1.1.1:1"} } ]}
            """);

        Assert.Equal("y", Assert.Single(FeedFile.Load(path, ["y"]).Channels).Name);
        var e = Assert.Throws<ConfigurationException>(() => FeedFile.Load(path, ["y", "z"]));
        Assert.Equal($"{path}: --channel: there is no channel \"z\"; the file has x, y", e.Message);
    }

    [Fact]
    public void Schema_given_by_the_caller_replaces_that_of_the_file()
    {
        var schema = _folder.Write("other.xml", "<xml/>");
        var path = _folder.Write("feed.json", $$"""{"channels":[{{Least}}]}""");

        Assert.Equal(schema, FeedFile.Load(path, schemaPath: schema).Channels[0].SchemaPath);
        Assert.Equal(schema, FeedFile.Load(path, schemaPath: "other.xml").Channels[0].SchemaPath);
        Assert.Throws<ConfigurationException>(() => FeedFile.Load(path, schemaPath: "none.xml"));
    }

    [Fact]
    public void Missing_feed_file_and_directory_are_named()
    {
        var missing = Assert.Throws<ConfigurationException>(() => FeedFile.Load(_folder.PathOf("none.json")));
        Assert.Equal($"{_folder.PathOf("none.json")}: there is no such feed file", missing.Message);
        var directory = Assert.Throws<ConfigurationException>(() => FeedFile.Load(_folder.PathOf("")));
        Assert.EndsWith("is a directory, not a feed file", directory.Message, StringComparison.Ordinal);
    }

    private FeedDefinition Load(string json) => FeedFile.Load(_folder.Write("feed.json", json));

    private ConfigurationException Refused(string json)
    {
        var path = _folder.Write("feed.json", json);
        var e = Assert.Throws<ConfigurationException>(() => FeedFile.Load(path));
        Assert.Equal(path, e.File);
        return e;
    }
}
