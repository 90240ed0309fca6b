using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>Classic BPF: lets in IPv4 UDP to the wanted addresses, so that the rest of the host's traffic takes no room in the ring.</summary>
internal static class PacketFilter
{
    // The kernel takes 4096 instructions; each address takes two.
    private const int MaxAddresses = 2000;

    private const ushort LoadHalf = 0x28, LoadByte = 0x30, LoadWord = 0x20, JumpIfEqual = 0x15, Return = 0x06;
    private const uint WholeFrame = 0x4_0000;
    private const int EtherTypeOffset = 12, ProtocolOffset = 23, DestinationOffset = 30;
    private const uint Ipv4 = 0x0800, Udp = 17;

    /// <summary>The program. More addresses than the kernel has room for: any address.</summary>
    public static Instruction[] Build(IReadOnlyList<LineAddress> lines)
    {
        uint[] addresses = [.. lines.Select(line => line.Group).Distinct()];
        List<Instruction> program =
        [
            new(LoadHalf, 0, 0, EtherTypeOffset), new(JumpIfEqual, 1, 0, Ipv4), new(Return, 0, 0, 0),
            new(LoadByte, 0, 0, ProtocolOffset), new(JumpIfEqual, 1, 0, Udp), new(Return, 0, 0, 0),
        ];
        if (addresses.Length is 0 or > MaxAddresses)
        {
            program.Add(new Instruction(Return, 0, 0, WholeFrame));
            return [.. program];
        }

        program.Add(new Instruction(LoadWord, 0, 0, DestinationOffset));
        foreach (var address in addresses)
        {
            program.Add(new Instruction(JumpIfEqual, 0, 1, address));
            program.Add(new Instruction(Return, 0, 0, WholeFrame));
        }

        program.Add(new Instruction(Return, 0, 0, 0));
        return [.. program];
    }

    /// <summary>Attaches the program to a socket.</summary>
    public static unsafe void Attach(KernelSocket socket, IReadOnlyList<LineAddress> lines)
    {
        var program = Build(lines);
        fixed (Instruction* instructions = program)
        {
            socket.Set(Libc.SolSocket, Libc.SoAttachFilter, new Program { Length = (ushort)program.Length, Instructions = instructions }, "attach a filter");
        }
    }

    /// <summary><c>struct sock_filter</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Instruction(ushort code, byte ifTrue, byte ifFalse, uint operand)
    {
        public readonly ushort Code = code;
        public readonly byte IfTrue = ifTrue;
        public readonly byte IfFalse = ifFalse;
        public readonly uint Operand = operand;
    }

    /// <summary><c>struct sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Program
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
