using FeedHandler.Transport;

namespace FeedHandler.Replay.Send;

/// <summary>Other destinations for a capture's packets: <c>--map FROM=TO</c>, each an address with or without a port.</summary>
internal sealed class AddressMap
{
    private readonly Dictionary<(uint Address, ushort Port), (uint Address, ushort Port)> _entries = [];

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Adds <c>FROM=TO</c>; returns what is wrong with it, or null.</summary>
    public string? Add(string text)
    {
        var sides = text.Split('=');
        if (sides.Length != 2) return $"\"{text}\" is not FROM=TO, such as 224.0.31.11:14320=239.1.1.1:15000";
        if (Parse(sides[0], out var from) is { } wrongFrom) return wrongFrom;
        if (Parse(sides[1], out var to) is { } wrongTo) return wrongTo;
        if ((from.Port == 0) != (to.Port == 0)) return $"\"{text}\": either both sides have a port, or none";
        return _entries.TryAdd(from, to) ? null : $"\"{sides[0]}\" is mapped twice";
    }

    /// <summary>Where a packet goes: by address and port first, then by address.</summary>
    public (uint Address, ushort Port) Map(uint address, ushort port)
    {
        if (_entries.TryGetValue((address, port), out var exact)) return exact;
        return _entries.TryGetValue((address, 0), out var any) ? (any.Address, port) : (address, port);
    }

    private static string? Parse(string text, out (uint Address, ushort Port) endpoint)
    {
        endpoint = default;
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return Ipv4Text.TryParseEndpoint(text, out endpoint.Address, out endpoint.Port, out var problem) ? null : problem;
        }

        return Ipv4Text.TryParse(text, out endpoint.Address) ? null : $"\"{text}\" is not an IPv4 address";
    }
}
