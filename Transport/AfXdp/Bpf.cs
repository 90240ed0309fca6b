using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>bpf(2): maps, programs and links, each a file descriptor.</summary>
internal static unsafe class Bpf
{
    public const int MapHash = 1, MapXskMap = 17;

    private const int CommandMapCreate = 0, CommandMapUpdate = 2, CommandMapDelete = 3, CommandProgramLoad = 5, CommandLinkCreate = 28;
    private const uint ProgramXdp = 6, AttachXdp = 37;

    /// <summary>The kernel wants the size of the largest form of its argument that we know; the rest is zero.</summary>
    private const int AttributeBytes = 128;

    public static int CreateMap(string name, int type, int keyBytes, int valueBytes, int entries)
    {
        var attribute = stackalloc uint[AttributeBytes / sizeof(uint)];
        new Span<uint>(attribute, AttributeBytes / sizeof(uint)).Clear();
        attribute[0] = (uint)type;
        attribute[1] = (uint)keyBytes;
        attribute[2] = (uint)valueBytes;
        attribute[3] = (uint)entries;
        return Call(CommandMapCreate, attribute, name, "create a BPF map");
    }

    public static void Update<TKey>(string name, int map, TKey key, uint value)
        where TKey : unmanaged
    {
        var attribute = stackalloc ulong[AttributeBytes / sizeof(ulong)];
        new Span<ulong>(attribute, AttributeBytes / sizeof(ulong)).Clear();
        attribute[0] = (uint)map;
        attribute[1] = (ulong)&key;
        attribute[2] = (ulong)&value;
        Call(CommandMapUpdate, attribute, name, "write a BPF map");
    }

    /// <summary>Removes a key. One that is not there is as good.</summary>
    public static void Delete<TKey>(int map, TKey key)
        where TKey : unmanaged
    {
        var attribute = stackalloc ulong[AttributeBytes / sizeof(ulong)];
        new Span<ulong>(attribute, AttributeBytes / sizeof(ulong)).Clear();
        attribute[0] = (uint)map;
        attribute[1] = (ulong)&key;
        Libc.SystemCall(Libc.BpfSystemCall, CommandMapDelete, attribute, AttributeBytes);
    }

    public static int LoadXdp(string name, BpfAssembler.Instruction[] program)
    {
        var attribute = stackalloc byte[AttributeBytes];
        new Span<byte>(attribute, AttributeBytes).Clear();
        fixed (BpfAssembler.Instruction* instructions = program)
        fixed (byte* licence = "MIT\0"u8)
        {
            *(uint*)attribute = ProgramXdp;
            *(uint*)(attribute + 4) = (uint)program.Length;
            *(ulong*)(attribute + 8) = (ulong)instructions;
            *(ulong*)(attribute + 16) = (ulong)licence;
            *(uint*)(attribute + 68) = AttachXdp;
            return Call(CommandProgramLoad, attribute, name, "load the BPF program");
        }
    }

    /// <summary>Attaches a program to an interface until the link's descriptor is closed.</summary>
    /// <returns>The link, or the negative error number.</returns>
    public static int TryAttach(int program, int interfaceIndex, uint flags)
    {
        var attribute = stackalloc uint[AttributeBytes / sizeof(uint)];
        new Span<uint>(attribute, AttributeBytes / sizeof(uint)).Clear();
        attribute[0] = (uint)program;
        attribute[1] = (uint)interfaceIndex;
        attribute[2] = AttachXdp;
        attribute[3] = flags;
        var link = (int)Libc.SystemCall(Libc.BpfSystemCall, CommandLinkCreate, attribute, AttributeBytes);
        return link >= 0 ? link : -Marshal.GetLastPInvokeError();
    }

    private static int Call(int command, void* attribute, string name, string step)
    {
        var result = (int)Libc.SystemCall(Libc.BpfSystemCall, command, attribute, AttributeBytes);
        if (result >= 0) return result;
        var error = Marshal.GetLastPInvokeError();
        throw TransportException.OfKernel($"{name}: {step}", error, XdpSocket.Remedy(error));
    }
}
