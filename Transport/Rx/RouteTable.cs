using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Where a packet goes: which channel, which of its feeds, which line.</summary>
public readonly record struct Route(ushort Channel, FeedRole Role, byte Line, uint Source);

/// <summary>Finds the route of a destination address and port: open addressing, fixed after construction.</summary>
/// <remarks>Read by one RX core.</remarks>
public sealed class RouteTable
{
    private readonly ulong[] _keys;
    private readonly Route[] _routes;
    private readonly uint _mask;

    /// <summary>Enters every line of every channel.</summary>
    public RouteTable(FeedDefinition feed)
    {
        var size = 16;
        while (size < feed.Channels.Count * 32) size *= 2;
        _keys = new ulong[size];
        _routes = new Route[size];
        _mask = (uint)size - 1;
        for (var i = 0; i < feed.Channels.Count; i++)
        {
            var channel = feed.Channels[i];
            Add((ushort)i, FeedRole.Incremental, channel.Incremental);
            Add((ushort)i, FeedRole.Snapshot, channel.Snapshot);
            Add((ushort)i, FeedRole.OrderSnapshot, channel.MboSnapshot);
            Add((ushort)i, FeedRole.Definitions, channel.Definitions);
        }
    }

    /// <summary>Looks a destination up.</summary>
    /// <returns>False where no channel listens there.</returns>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(uint address, ushort port, out Route route)
    {
        var key = Key(address, port);
        for (var i = Hash(key) & _mask; _keys[i] != 0; i = (i + 1) & _mask)
        {
            if (_keys[i] != key) continue;
            route = _routes[i];
            return true;
        }

        route = default;
        return false;
    }

    private static ulong Key(uint address, ushort port) => ((ulong)address << 16) | port;

    private static uint Hash(ulong key) => (uint)((key * 0x9E37_79B9_7F4A_7C15UL) >> 40);

    private void Add(ushort channel, FeedRole role, FeedLines? lines)
    {
        if (lines is null) return;
        Add(lines.A, new Route(channel, role, 0, lines.A.Source ?? 0));
        if (lines.B is { } b) Add(b, new Route(channel, role, 1, b.Source ?? 0));
    }

    private void Add(LineAddress address, Route route)
    {
        var key = Key(address.Group, address.Port);
        var i = Hash(key) & _mask;
        while (_keys[i] != 0) i = (i + 1) & _mask;
        _keys[i] = key;
        _routes[i] = route;
    }
}
