using System.Diagnostics;
using FeedHandler.Replay.Pcap;
using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>Every wire beside the others, in one run on one machine.</summary>
internal sealed class TransportBench : IDisposable
{
    private const int QueuePackets = 8192, RingPackets = 512;
    private const long EndlessPackets = 4_000_000;

    /// <summary>net_virtio_user shares the memory of the process with the other end, in a few files at most.</summary>
    private const string SingleFile = "--single-file-segments";

    private static readonly TimeSpan MeetTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FlowTime = TimeSpan.FromMilliseconds(700);

    private readonly OneUpdatePackets _packets = new();
    private readonly IReadOnlyList<LineAddress> _lines = OneUpdatePackets.Feed.Lines();
    private readonly Action<string> _progress;

    public TransportBench(Action<string> progress) => _progress = progress;

    public int FrameBytes => _packets.Length;

    /// <summary>The wires of the kernel, and DPDK's drivers over them, on a cable of the run's own.</summary>
    public List<WireCost> OnTheCable(bool withDpdk)
    {
        var costs = new List<WireCost>();
        VethRoom.Run(() =>
        {
            var base_ = new TransportDefinition().On(VethRoom.Far);
            costs.Add(OnTheCable("udp", base_, QueuePackets));
            costs.Add(OnTheCable("af_packet throughput", base_ with { Kind = TransportKind.AfPacket }, QueuePackets));
            costs.Add(OnTheCable("af_packet latency", base_ with { Kind = TransportKind.AfPacket, AfPacket = base_.AfPacket with { Ring = PacketRing.Latency } }, QueuePackets));
            var xdp = base_ with { Kind = TransportKind.AfXdp, AfXdp = base_.AfXdp with { Frames = 2 * QueuePackets, Mode = XdpMode.Generic } };
            costs.Add(OnTheCable("af_xdp generic", xdp, QueuePackets));
            costs.Add(OnTheCable("af_xdp native", xdp with { AfXdp = xdp.AfXdp with { Mode = XdpMode.Native } }, QueuePackets));
            if (!withDpdk) return;
            var dpdk = base_ with { Kind = TransportKind.Dpdk };
            costs.Add(OnTheCable("dpdk net_af_packet", dpdk with { Dpdk = Device($"net_af_packet0,iface={VethRoom.Far},blocksz=4096,framesz=2048,framecnt=16384") }, QueuePackets));
            costs.Add(OnTheCable("dpdk net_af_xdp", dpdk with { Dpdk = Device($"net_af_xdp0,iface={VethRoom.Far}") }, QueuePackets / 8));
        });
        return costs;
    }

    /// <summary>A ring that DPDK loops to itself: the path without a wire.</summary>
    public unsafe WireCost InMemory()
    {
        _progress("dpdk net_ring");
        using var source = new DpdkSource(_lines, Device("net_ring0"));
        return WireMeasurement.Measure("dpdk net_ring", source, packets => Fill(source, packets), _packets.TakeBack, RingPackets, settles: false);
    }

    /// <summary>Devices between two processes: this end, the other, and EAL arguments of testpmd at this end.</summary>
    public static IReadOnlyList<(string Name, string Here, string There, string Eal)> Pairs(string folder) =>
    [
        ("net_memif", $"net_memif0,role=client,socket={folder}/memif,socket-abstract=no", $"net_memif0,role=server,socket={folder}/memif,socket-abstract=no", ""),
        ("net_virtio_user", $"net_virtio_user0,path={folder}/vhost,queue_size=1024", $"net_vhost0,iface={folder}/vhost", SingleFile),
    ];

    /// <summary>What another process sends: its packets cross shared memory alone.</summary>
    /// <returns>The costs, and the packets a second that were only counted.</returns>
    public (WireCost Cost, double Counted) BetweenProcesses(string name, string here, string there)
    {
        _progress($"dpdk {name} between two processes");
        (WireCost Cost, double Counted) result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                DpdkPeer.TakeCpu(DpdkPeer.ReceivingCpu);
                result = Measure(name, here, there);
            }
            catch (Exception e) when (e is TransportException or InvalidOperationException)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result : throw new TransportException("bench", failure.Message, "", failure);
    }

    private (WireCost Cost, double Counted) Measure(string name, string here, string there)
    {
        using var peer = new DpdkPeerProcess(there);
        using var source = new DpdkSource(_lines, Device(here));
        Meet(source);
        var cost = WireMeasurement.Measure($"dpdk {name}", source, peer.Fill, peer.TakeBack, RingPackets, settles: false);
        cost = WireMeasurement.Flow(cost, source, () => peer.Flow(FlowTime));
        peer.BeginFlow(Testpmd.RunTime);
        return (cost, WireMeasurement.CountedFlow(source, (int)Testpmd.RunTime.TotalSeconds - 1));
    }

    /// <summary>The ends greet each other on threads of the drivers; only a poll gives the other end room to write to.</summary>
    public static void Meet(DpdkSource source)
    {
        using var quiet = new ManualResetEventSlim();
        var frames = new Frame[1];
        var watch = Stopwatch.StartNew();
        for (var polls = 0; polls < 10 && watch.Elapsed < MeetTime; polls += source.LinkMegabits == 0 ? 0 : 1)
        {
            source.Poll(frames);
            quiet.Wait(1);
        }
    }

    /// <summary>What testpmd counts of the same; null where it is not installed, or counted nothing.</summary>
    public double? TestpmdBetweenProcesses(string name, string here, string there, string eal)
    {
        _progress($"testpmd {name}");
        using var peer = new DpdkPeerProcess(there);
        peer.BeginFlow(Testpmd.RunTime);
        return Testpmd.PacketsPerSecond(here, eal);
    }

    /// <summary>Devices that always have a packet: receiving and counting alone, in nanoseconds a packet.</summary>
    public List<(string Device, double CountNs)> Endless(string capture) =>
    [
        .. ((string[])["net_null0,size=64", $"net_pcap0,rx_pcap={capture},infinite_rx=1"]).Select(device =>
        {
            _progress($"dpdk {device.Split(',')[0]}");
            using var source = new DpdkSource(_lines, Device(device));
            return (device, WireMeasurement.Endless(source, EndlessPackets));
        }),
    ];

    /// <summary>A capture of the packets, for devices that read one.</summary>
    public unsafe void WriteCapture(string path)
    {
        using var writer = new PcapWriter(File.Create(path));
        foreach (ref readonly var frame in _packets.Next(OneUpdatePackets.Count))
        {
            var payload = new ReadOnlySpan<byte>(frame.Data + _packets.Datagram.PayloadOffset, _packets.Datagram.PayloadLength);
            writer.Write(0, new UdpEndpoints(0x0A4E_0001, 40_000, _packets.Datagram.DestinationAddress, _packets.Datagram.DestinationPort), payload);
        }
    }

    public void Dispose() => _packets.Dispose();

    private static DpdkOptions Device(string device) => new() { Device = device, EalArguments = [SingleFile] };

    private WireCost OnTheCable(string name, TransportDefinition transport, int packets)
    {
        _progress(name);
        using var sender = new PacketBatchSender(VethRoom.Near);
        using var source = FrameSources.Open(transport, _lines);
        var cost = WireMeasurement.Measure(name, source, count => Fill(sender, count), _packets.TakeBack, packets, settles: true);
        return WireMeasurement.Flow(cost, source, sender, _packets, FlowTime);
    }

    private void Fill(PacketBatchSender sender, int packets)
    {
        for (; packets > 0; packets -= OneUpdatePackets.Count) WireMeasurement.Send(sender, _packets, Math.Min(packets, OneUpdatePackets.Count));
    }

    private unsafe void Fill(DpdkSource source, int packets)
    {
        var data = stackalloc void*[OneUpdatePackets.Count];
        var lengths = stackalloc int[OneUpdatePackets.Count];
        while (packets > 0)
        {
            var frames = _packets.Next(Math.Min(packets, OneUpdatePackets.Count));
            for (var i = 0; i < frames.Length; i++)
            {
                data[i] = frames[i].Data;
                lengths[i] = frames[i].Length;
            }

            if (source.Port.Send(data, lengths, frames.Length) != frames.Length) throw new InvalidOperationException("the ring is full");
            packets -= frames.Length;
        }
    }
}
