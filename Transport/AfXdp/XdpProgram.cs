using System.Buffers.Binary;

namespace FeedHandler.Transport;

/// <summary>The program in the driver: IPv4 UDP to a wanted address and port goes to the queue's socket, all else to the kernel.</summary>
/// <remarks>
/// The addresses are in a map, so groups come and go while it runs. One VLAN tag is looked through; IP options, fragments
/// and more tags are left to the kernel. Closing it detaches it.
/// </remarks>
internal sealed class XdpProgram : IDisposable
{
    private const int MaxQueues = 1024;
    private const int SmallestGroupMap = 1024;

    private const int HelperMapLookup = 1, HelperRedirectMap = 51;
    private const int VerdictPass = 2;

    // Of struct xdp_md.
    private const int ContextData = 0, ContextDataEnd = 4, ContextQueue = 16;

    private const int EthernetBytes = 14, VlanTagBytes = 4, Ipv4Bytes = 20, UdpBytes = 8;

    // As a little-endian load sees the bytes on the wire.
    private const int EtherTypeIpv4 = 0x0008, EtherTypeVlan = 0x0081, FragmentMask = 0xFF3F;
    private const int Version4WithoutOptions = 0x45, ProtocolUdp = 17;

    private const int KeyBytes = 8;

    private readonly string _name;
    private readonly int _groups;
    private readonly int _sockets;
    private readonly int _program;
    private int _link = -1;

    public XdpProgram(string name, IReadOnlyList<LineAddress> lines)
    {
        _name = name;
        _groups = _sockets = _program = -1;
        try
        {
            _groups = Bpf.CreateMap(name, Bpf.MapHash, KeyBytes, sizeof(uint), Math.Max(SmallestGroupMap, lines.Count * 2));
            _sockets = Bpf.CreateMap(name, Bpf.MapXskMap, sizeof(uint), sizeof(uint), MaxQueues);
            foreach (var line in lines) Add(line);
            _program = Bpf.LoadXdp(name, Build(_groups, _sockets));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Lets in a line.</summary>
    public void Add(LineAddress line) => Bpf.Update(_name, _groups, Key(line), 1);

    /// <summary>Leaves a line to the kernel again.</summary>
    public void Remove(LineAddress line) => Bpf.Delete(_groups, Key(line));

    /// <summary>Sends the frames of a queue to a socket.</summary>
    public void SetSocket(int queue, int socket) => Bpf.Update(_name, _sockets, (uint)queue, (uint)socket);

    /// <summary>Starts it on an interface.</summary>
    public void Attach(int interfaceIndex, XdpMode mode)
    {
        const uint GenericFlag = 2, NativeFlag = 4;
        var flags = mode switch { XdpMode.Native => NativeFlag, XdpMode.Generic => GenericFlag, _ => 0u };
        _link = Bpf.TryAttach(_program, interfaceIndex, flags);
        if (_link >= 0) return;
        var error = -_link;
        throw TransportException.OfKernel($"{_name}: attach the BPF program", error, error switch
        {
            Libc.ErrorRange => "the driver takes smaller frames only: ip link set dev IF mtu 1500, or \"mode\": \"generic\"",
            Libc.ErrorNotSupported => "the driver cannot: \"mode\": \"generic\"",
            Libc.ErrorBusy => "another program is attached: ip link set dev IF xdp off",
            _ => XdpSocket.Remedy(error),
        });
    }

    public void Dispose()
    {
        foreach (var handle in (int[])[_link, _program, _sockets, _groups])
        {
            if (handle >= 0) _ = Libc.Close(handle);
        }
    }

    internal static BpfAssembler.Instruction[] Build(int groups, int sockets)
    {
        const byte Data = BpfAssembler.R2, End = BpfAssembler.R3, Limit = BpfAssembler.R4, Value = BpfAssembler.R5, Context = BpfAssembler.R6;
        var code = new BpfAssembler();
        code.Move(Context, BpfAssembler.R1);
        code.LoadWord(Data, Context, ContextData);
        code.LoadWord(End, Context, ContextDataEnd);
        code.Move(Limit, Data);
        code.AddConstant(Limit, EthernetBytes + Ipv4Bytes + UdpBytes);
        code.JumpIfGreater(Limit, End, "pass");
        code.LoadHalf(Value, Data, EthernetBytes - 2);
        code.JumpIfEqual(Value, EtherTypeIpv4, "plain");
        code.JumpUnlessEqual(Value, EtherTypeVlan, "pass");
        code.AddConstant(Limit, VlanTagBytes);
        code.JumpIfGreater(Limit, End, "pass");
        code.LoadHalf(Value, Data, EthernetBytes + 2);
        code.JumpUnlessEqual(Value, EtherTypeIpv4, "pass");
        Match(code, EthernetBytes + VlanTagBytes);
        code.Jump("look up");
        code.Label("plain");
        Match(code, EthernetBytes);
        code.Label("look up");
        code.LoadMap(BpfAssembler.R1, groups);
        code.Move(BpfAssembler.R2, BpfAssembler.FramePointer);
        code.AddConstant(BpfAssembler.R2, -KeyBytes);
        code.Call(HelperMapLookup);
        code.JumpIfEqual(BpfAssembler.R0, 0, "pass");
        code.LoadWord(BpfAssembler.R2, Context, ContextQueue);
        code.LoadMap(BpfAssembler.R1, sockets);
        code.MoveConstant(BpfAssembler.R3, VerdictPass);
        code.Call(HelperRedirectMap);
        code.Exit();
        code.Label("pass");
        code.MoveConstant(BpfAssembler.R0, VerdictPass);
        code.Exit();
        return code.Assemble();
    }

    /// <summary>Passes whatever is not plain UDP, and leaves the key on the stack.</summary>
    private static void Match(BpfAssembler code, int ip)
    {
        const byte Data = BpfAssembler.R2, Value = BpfAssembler.R5;
        code.LoadByte(Value, Data, ip);
        code.JumpUnlessEqual(Value, Version4WithoutOptions, "pass");
        code.LoadByte(Value, Data, ip + 9);
        code.JumpUnlessEqual(Value, ProtocolUdp, "pass");
        code.LoadHalf(Value, Data, ip + 6);
        code.AndConstant(Value, FragmentMask);
        code.JumpUnlessEqual(Value, 0, "pass");
        code.LoadWord(Value, Data, ip + 16);
        code.StoreWord(BpfAssembler.FramePointer, -KeyBytes, Value);
        code.LoadHalf(Value, Data, ip + Ipv4Bytes + 2);
        code.StoreWord(BpfAssembler.FramePointer, -sizeof(uint), Value);
    }

    /// <summary>Address and port in network byte order, as the program reads them.</summary>
    private static ulong Key(LineAddress line) =>
        BinaryPrimitives.ReverseEndianness(line.Group) | ((ulong)BinaryPrimitives.ReverseEndianness(line.Port) << 32);
}
