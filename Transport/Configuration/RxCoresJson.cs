namespace FeedHandler.Transport;

/// <summary>The part of FEED.json that divides the channels among several receive cores.</summary>
internal static class RxCoresJson
{
    /// <summary>Key of the list.</summary>
    public const string Key = "rxCores";

    private const string Channels = "channels";

    /// <summary>Reads the list; empty where there is none.</summary>
    /// <param name="root">The file.</param>
    /// <param name="preset">The transport of the whole file: what a core does not say itself, except the CPU.</param>
    /// <param name="channels">All channels of the file.</param>
    public static List<RxCoreDefinition> Parse(JsonSection root, TransportDefinition preset, IReadOnlyList<ChannelDefinition> channels)
    {
        var cores = new List<RxCoreDefinition>();
        if (root.Optional(Key) is not { } list) return cores;
        if (root.Optional(TransportJson.Cpu) is { } cpu) throw cpu.Error($"beside \"{Key}\" it would be nobody's: each RX core has a \"{TransportJson.Cpu}\" of its own there");
        var owners = new string?[channels.Count];
        foreach (var section in list.Items())
        {
            if (cores.Count == RxCoreDefinition.MaxCores) throw section.Error($"a feed has at most {RxCoreDefinition.MaxCores} RX cores");
            section.AllowOnly([Channels, .. TransportJson.CoreKeys]);
            var own = new List<int>();
            foreach (var name in section.Required(Channels, "write the names of this core's channels").Items()) own.Add(Claim(name, section.Path, channels, owners));
            if (own.Count == 0) throw new ConfigurationException(root.File, $"{section.Path}.{Channels}", "has no channel");
            cores.Add(new RxCoreDefinition(section.Path, TransportJson.ParseCore(section, preset), own));
        }

        if (cores.Count == 0) throw list.Error("has no RX core; without the key one core has all channels");
        var missing = Array.IndexOf(owners, null);
        return missing < 0 ? cores : throw list.Error($"channel \"{channels[missing].Name}\" belongs to no RX core; name it in the \"channels\" of one");
    }

    /// <summary>The same for a selection of the channels; cores that have none of them are left out.</summary>
    public static List<RxCoreDefinition> Select(List<RxCoreDefinition> cores, IReadOnlyList<ChannelDefinition> all, IReadOnlyList<ChannelDefinition> selected)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < selected.Count; i++) places.Add(selected[i].Name, i);
        var kept = cores.ConvertAll(core => core with { Channels = [.. core.Channels.Where(i => places.ContainsKey(all[i].Name)).Select(i => places[all[i].Name])] });
        kept.RemoveAll(core => core.Channels.Count == 0);
        return kept;
    }

    private static int Claim(JsonSection name, string core, IReadOnlyList<ChannelDefinition> channels, string?[] owners)
    {
        var text = name.Text();
        for (var i = 0; i < channels.Count; i++)
        {
            if (channels[i].Name != text) continue;
            if (owners[i] is { } owner) throw name.Error($"\"{text}\" is already a channel of {owner}; all lines of a channel belong to one RX core");
            owners[i] = core;
            return i;
        }

        throw name.Error($"there is no channel \"{text}\"; the file has {string.Join(", ", channels.Select(channel => channel.Name))}");
    }
}
