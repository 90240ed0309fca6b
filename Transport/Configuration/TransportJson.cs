namespace FeedHandler.Transport;

/// <summary>The transport part of FEED.json: one word says which wire, a section for each wire says how.</summary>
internal static class TransportJson
{
    /// <summary>Key of the CPU that receives.</summary>
    public const string Cpu = "cpu";

    private const string Kind = "transport", Interface = "interface";

    private const int MaxCpu = 4095;

    private static readonly (string Word, TransportKind Value)[] Words =
    [
        ("udp", TransportKind.Udp), ("af_packet", TransportKind.AfPacket), ("af_xdp", TransportKind.AfXdp),
        ("dpdk", TransportKind.Dpdk), ("netmap", TransportKind.Netmap), ("pcap", TransportKind.Pcap),
    ];

    /// <summary>Keys of the feed file that are the transport's.</summary>
    public static IEnumerable<string> Keys => [Kind, Interface, Cpu, .. Names];

    /// <summary>Keys that an RX core may have of its own: all but the word, as one word changes the wire, and captures, as one core reads them.</summary>
    public static IEnumerable<string> CoreKeys => [Interface, Cpu, .. Names.Where(name => name != "pcap")];

    /// <summary>The words for the wires.</summary>
    public static IEnumerable<string> Names => Words.Select(pair => pair.Word);

    public static string NameOf(TransportKind kind) => Words.First(pair => pair.Value == kind).Word;

    public static TransportKind? Find(string word) => Array.FindIndex(Words, pair => pair.Word == word) is var i and >= 0 ? Words[i].Value : null;

    public static TransportDefinition Parse(JsonSection root) =>
        ParseCore(root, new TransportDefinition { Kind = root.Optional(Kind)?.Word(Words) ?? TransportKind.Udp });

    /// <summary>The wire of one RX core: what it does not say itself is as in the file, except the CPU.</summary>
    public static TransportDefinition ParseCore(JsonSection root, TransportDefinition preset)
    {
        var definition = preset with { Cpu = root.Optional(Cpu)?.Integer(0, MaxCpu) };
        definition = definition.On(root.Optional(Interface)?.Text());
        if (root.Optional("udp") is { } udp) definition = definition with { Udp = Udp(udp, definition.Udp) };
        if (root.Optional("af_packet") is { } packet) definition = definition with { AfPacket = AfPacket(packet, definition.AfPacket) };
        if (root.Optional("af_xdp") is { } xdp) definition = definition with { AfXdp = AfXdp(xdp, definition.AfXdp) };
        if (root.Optional("dpdk") is { } dpdk) definition = definition with { Dpdk = Dpdk(dpdk, definition.Dpdk) };
        if (root.Optional("netmap") is { } netmap) definition = definition with { Netmap = Netmap(netmap, definition.Netmap) };
        if (root.Optional("pcap") is { } pcap) definition = definition with { Pcap = Pcap(pcap, definition.Pcap) };
        return definition;
    }

    private static UdpMulticastOptions Udp(JsonSection section, UdpMulticastOptions preset)
    {
        section.AllowOnly(Interface, "receiveBufferBytes", "busyPollMicroseconds");
        return new UdpMulticastOptions
        {
            Interface = section.Optional(Interface)?.Text() ?? preset.Interface,
            ReceiveBufferBytes = section.Optional("receiveBufferBytes")?.Integer(4096, 1 << 30) ?? preset.ReceiveBufferBytes,
            BusyPollMicroseconds = section.Optional("busyPollMicroseconds")?.Integer(0, 1_000_000) ?? preset.BusyPollMicroseconds,
        };
    }

    private static AfPacketOptions AfPacket(JsonSection section, AfPacketOptions preset)
    {
        section.AllowOnly(Interface, "ring", "ringBytes", "blockTimeoutMs", "frameBytes", "fanoutGroup");
        return new AfPacketOptions
        {
            Interface = section.Optional(Interface)?.Text() ?? preset.Interface,
            Ring = section.Optional("ring")?.Word(("throughput", PacketRing.Throughput), ("latency", PacketRing.Latency)) ?? preset.Ring,
            RingBytes = section.Optional("ringBytes")?.Integer(1 << 20, 1 << 30) ?? preset.RingBytes,
            BlockTimeoutMs = section.Optional("blockTimeoutMs")?.Integer(1, 1000) ?? preset.BlockTimeoutMs,
            FrameBytes = section.Optional("frameBytes")?.Integer(256, 1 << 16) ?? preset.FrameBytes,
            FanoutGroup = section.Optional("fanoutGroup")?.Integer(0, 65_535) ?? preset.FanoutGroup,
        };
    }

    private static AfXdpOptions AfXdp(JsonSection section, AfXdpOptions preset)
    {
        section.AllowOnly(Interface, "queues", "mode", "copy", "frames", "busyPollMicroseconds");
        return new AfXdpOptions
        {
            Interface = section.Optional(Interface)?.Text() ?? preset.Interface,
            Queues = section.Optional("queues") is { } queues ? [.. queues.Items().Select(queue => queue.Integer(0, 1023))] : preset.Queues,
            Mode = section.Optional("mode")?.Word(("auto", XdpMode.Auto), ("native", XdpMode.Native), ("generic", XdpMode.Generic)) ?? preset.Mode,
            Copy = section.Optional("copy")?.Word(("auto", XdpCopy.Auto), ("zero", XdpCopy.Zero), ("copy", XdpCopy.Copy)) ?? preset.Copy,
            Frames = section.Optional("frames")?.Integer(64, 1 << 20) ?? preset.Frames,
            BusyPollMicroseconds = section.Optional("busyPollMicroseconds")?.Integer(0, 1_000_000) ?? preset.BusyPollMicroseconds,
        };
    }

    private static DpdkOptions Dpdk(JsonSection section, DpdkOptions preset)
    {
        section.AllowOnly(
            "device", "firstQueue", "queues", "descriptors", "buffers", "bufferBytes", "promiscuous", "hardwareTime", "joinInterface", "memory", "memoryMegabytes", "ealArguments");
        return new DpdkOptions
        {
            Device = section.Optional("device")?.Text() ?? preset.Device,
            FirstQueue = section.Optional("firstQueue")?.Integer(0, 1023) ?? preset.FirstQueue,
            Queues = section.Optional("queues")?.Integer(1, 64) ?? preset.Queues,
            Descriptors = section.Optional("descriptors")?.Integer(64, 1 << 15) ?? preset.Descriptors,
            Buffers = section.Optional("buffers")?.Integer(512, 1 << 24) ?? preset.Buffers,
            BufferBytes = section.Optional("bufferBytes")?.Integer(1024, 60_000) ?? preset.BufferBytes,
            Promiscuous = section.Optional("promiscuous")?.Boolean() ?? preset.Promiscuous,
            HardwareTime = section.Optional("hardwareTime")?.Boolean() ?? preset.HardwareTime,
            JoinInterface = section.Optional("joinInterface")?.Text() ?? preset.JoinInterface,
            Memory = section.Optional("memory")?.Word(("auto", DpdkMemory.Auto), ("hugepages", DpdkMemory.HugePages), ("ordinary", DpdkMemory.Ordinary)) ?? preset.Memory,
            MemoryMegabytes = section.Optional("memoryMegabytes")?.Integer(32, 1 << 20) ?? preset.MemoryMegabytes,
            EalArguments = section.Optional("ealArguments") is { } more ? [.. more.Items().Select(argument => argument.Text())] : preset.EalArguments,
        };
    }

    private static NetmapOptions Netmap(JsonSection section, NetmapOptions preset)
    {
        section.AllowOnly("port", "ring", "joinInterface");
        return new NetmapOptions
        {
            Port = section.Optional("port")?.Text() ?? preset.Port,
            Ring = section.Optional("ring")?.Integer(0, 4095) ?? preset.Ring,
            JoinInterface = section.Optional("joinInterface")?.Text() ?? preset.JoinInterface,
        };
    }

    private static PcapOptions Pcap(JsonSection section, PcapOptions preset)
    {
        section.AllowOnly("files", "speed");
        var folder = Path.GetDirectoryName(Path.GetFullPath(section.File))!;
        return new PcapOptions
        {
            Files = section.Optional("files") is { } files ? [.. files.Items().Select(file => Path.GetFullPath(file.Text(), folder))] : preset.Files,
            Speed = section.Optional("speed")?.Integer(1, 1_000_000) ?? preset.Speed,
        };
    }
}
