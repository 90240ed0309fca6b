namespace FeedHandler.Transport;

/// <summary>One receive core of a live run: its wire and its channels.</summary>
/// <param name="Key">Its place in the feed file, for messages, such as <c>rxCores[1]</c>.</param>
/// <param name="Transport">Its wire, and the CPU that it is bound to.</param>
/// <param name="Channels">Its channels, by index in the feed; no other core has them.</param>
public sealed record RxCoreDefinition(string Key, TransportDefinition Transport, IReadOnlyList<int> Channels)
{
    /// <summary>RX cores that one feed may have.</summary>
    public const int MaxCores = 64;

    /// <summary>What nobody else can have beside this core: a device, a ring or a queue; null where the wire is shared.</summary>
    internal (string Key, string Device)? OwnDevice => Transport.Kind switch
    {
        TransportKind.Dpdk => ("dpdk.device", Transport.Dpdk.Device.Split(',')[0]),
        TransportKind.AfXdp => ("af_xdp.interface", Transport.AfXdp.Interface),
        TransportKind.Netmap => ("netmap.port", $"{Transport.Netmap.Port}{(Transport.Netmap.Ring is { } ring ? $" ring {ring}" : "")}"),
        _ => null,
    };

    /// <summary>Two cores on one CPU would take turns; two on one device are refused by it, or take each other's packets.</summary>
    /// <exception cref="ConfigurationException">Two cores have the same; the message names both.</exception>
    internal static void CheckApart(IReadOnlyList<RxCoreDefinition> cores)
    {
        for (var i = 0; i < cores.Count; i++)
        {
            for (var other = 0; other < i; other++)
            {
                if (cores[i].Transport.Cpu is { } cpu && cpu == cores[other].Transport.Cpu)
                    throw new ConfigurationException(cores[i].Key, "cpu", $"CPU {cpu} is already that of {cores[other].Key}; each RX core needs its own");
                if (cores[i].OwnDevice is { } own && own == cores[other].OwnDevice)
                    throw new ConfigurationException(cores[i].Key, own.Key, $"\"{own.Device}\" is already that of {cores[other].Key}; each RX core needs its own");
            }
        }
    }
}
