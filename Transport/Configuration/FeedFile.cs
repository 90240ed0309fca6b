namespace FeedHandler.Transport;

/// <summary>Reads a feed: FEED.json, or CME's own channel configuration (config.xml).</summary>
public static class FeedFile
{
    // The largest channel configuration seen has 0.3 MB; more than this is some other file.
    private const long MaxFileBytes = 64 << 20;

    /// <summary>Channels that one feed may have.</summary>
    public const int MaxChannels = 4096;

    /// <summary>Loads and checks a feed file. The format is seen from its content.</summary>
    /// <param name="path">FEED.json or config.xml.</param>
    /// <param name="channels">Names of the channels wanted (CME's ids for config.xml); null or empty: all of FEED.json.</param>
    /// <param name="schemaPath">Schema for every channel, in place of what the feed file says; null: as the file says.</param>
    /// <exception cref="ConfigurationException">The file cannot be used; the message names the file and the key.</exception>
    public static FeedDefinition Load(string path, IReadOnlyList<string>? channels = null, string? schemaPath = null)
    {
        var text = Read(path);
        List<ChannelDefinition> all;
        var transport = new TransportDefinition();
        List<RxCoreDefinition> rxCores = [];
        if (text.AsSpan().TrimStart().StartsWith("<"))
        {
            all = CmeChannelConfig.Parse(path, text, channels ?? []);
        }
        else
        {
            (var inFile, transport, rxCores) = FeedJson.Parse(path, text);
            all = Select(path, inFile, channels ?? []);
            rxCores = RxCoresJson.Select(rxCores, inFile, all);
        }

        if (schemaPath is not null)
        {
            var schema = SchemaFile.Resolve(schemaPath, path)
                ?? throw new ConfigurationException(schemaPath, "", "there is no such schema file");
            all = [.. all.Select(channel => channel with { SchemaPath = schema })];
        }

        AddressConflicts.Check(path, all);
        return new FeedDefinition(all) { Transport = transport, RxCores = rxCores };
    }

    private static string Read(string path)
    {
        try
        {
            if (Directory.Exists(path)) throw new ConfigurationException(path, "", "is a directory, not a feed file");
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes })
            {
                throw new ConfigurationException(path, "", $"is larger than {MaxFileBytes >> 20} MB: not a feed file");
            }

            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException(path, "", "there is no such feed file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException(path, "", $"cannot be read: {e.Message}");
        }
    }

    private static List<ChannelDefinition> Select(string path, List<ChannelDefinition> all, IReadOnlyList<string> wanted)
    {
        var missing = wanted.FirstOrDefault(name => all.TrueForAll(channel => channel.Name != name));
        if (missing is not null)
        {
            throw new ConfigurationException(path, "--channel",
                $"there is no channel \"{missing}\"; the file has {string.Join(", ", all.Select(channel => channel.Name))}");
        }

        return wanted.Count == 0 ? all : all.FindAll(channel => wanted.Contains(channel.Name));
    }
}

/// <summary>Finds schema files named in a feed file.</summary>
internal static class SchemaFile
{
    /// <summary>Full path, relative to the feed file's folder first and to the current directory second; null if in neither.</summary>
    public static string? Resolve(string schema, string feedFile)
    {
        if (schema.Length == 0 || schema.Contains('\0')) return null;
        var folder = Path.GetDirectoryName(Path.GetFullPath(feedFile))!;
        string[] candidates = [Path.GetFullPath(schema, folder), Path.GetFullPath(schema)];
        return Array.Find(candidates, File.Exists);
    }
}

/// <summary>Two lines on one address would be one line to the receiver.</summary>
internal static class AddressConflicts
{
    public static void Check(string file, IReadOnlyList<ChannelDefinition> channels)
    {
        var owners = new Dictionary<(uint Group, ushort Port), string>();
        foreach (var channel in channels)
        {
            foreach (var (_, feed, lines) in channel.Feeds())
            {
                Claim(lines.A, $"{channel.Name} {feed}.a");
                if (lines.B is not null) Claim(lines.B, $"{channel.Name} {feed}.b");
            }
        }

        void Claim(LineAddress line, string owner)
        {
            if (!owners.TryAdd((line.Group, line.Port), owner))
            {
                throw new ConfigurationException(file, owner,
                    $"{line} is already the address of {owners[(line.Group, line.Port)]}; each line needs its own");
            }
        }
    }
}
