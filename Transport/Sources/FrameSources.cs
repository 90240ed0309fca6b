using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>Opens the wire of a live run: the one place that knows all of them.</summary>
public static class FrameSources
{
    /// <summary>The words that name a wire in a feed file.</summary>
    public static IEnumerable<string> Names => TransportJson.Names;

    /// <summary>The word of a wire.</summary>
    public static string NameOf(TransportKind kind) => TransportJson.NameOf(kind);

    /// <summary>The wire of a word; null where there is none.</summary>
    public static TransportKind? Find(string word) => TransportJson.Find(word);

    /// <summary>Opens the wire.</summary>
    /// <param name="transport">Which, and how.</param>
    /// <param name="lines">Addresses to receive.</param>
    /// <exception cref="TransportException">It cannot be opened; the message says what is missing and what provides it.</exception>
    /// <exception cref="CaptureException">A capture cannot be opened.</exception>
    public static IFrameSource Open(TransportDefinition transport, IReadOnlyList<LineAddress> lines) => transport.Kind switch
    {
        TransportKind.AfPacket => new AfPacketSource(lines, transport.AfPacket),
        TransportKind.AfXdp => new AfXdpSource(lines, transport.AfXdp),
        TransportKind.Dpdk => new DpdkSource(lines, transport.Dpdk),
        TransportKind.Netmap => new NetmapSource(lines, transport.Netmap),
        TransportKind.Pcap => OpenPcap(transport.Pcap),
        _ => OpenUdp(transport.Udp, lines),
    };

    private static ICaptureSource OpenPcap(PcapOptions options)
    {
        if (options.Files.Count == 0) throw TransportException.OfConfiguration("pcap", "names no capture", "write \"pcap\": {\"files\": [\"day.pcap\"]} or --interface day.pcap");
        var captures = CaptureSource.OpenAll(options.Files);
        return options.Speed is { } speed ? new PacedSource(captures, speed) : captures;
    }

    private static UdpMulticastSource OpenUdp(UdpMulticastOptions options, IReadOnlyList<LineAddress> lines)
    {
        try
        {
            return new UdpMulticastSource(lines, options);
        }
        catch (SocketException e)
        {
            throw TransportException.OfSocket($"udp {options.Interface ?? "any interface"}", e);
        }
        catch (Exception e) when (e is ArgumentException or PlatformNotSupportedException)
        {
            throw new TransportException("udp", e.Message.Split(" (Parameter", 2)[0], "", e);
        }
    }
}
