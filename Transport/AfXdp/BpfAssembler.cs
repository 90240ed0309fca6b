using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>The few eBPF instructions that our program needs, with forward jumps to labels.</summary>
internal sealed class BpfAssembler
{
    public const byte R0 = 0, R1 = 1, R2 = 2, R3 = 3, R4 = 4, R5 = 5, R6 = 6, FramePointer = 10;

    private readonly List<Instruction> _code = [];
    private readonly List<(int At, string Label)> _jumps = [];
    private readonly Dictionary<string, int> _labels = new(StringComparer.Ordinal);

    public void Move(byte to, byte from) => Emit(0xBF, to, from);

    public void MoveConstant(byte to, int value) => Emit(0xB7, to, 0, 0, value);

    public void AddConstant(byte to, int value) => Emit(0x07, to, 0, 0, value);

    public void AndConstant(byte to, int value) => Emit(0x57, to, 0, 0, value);

    public void LoadByte(byte to, byte from, int offset) => Emit(0x71, to, from, offset);

    public void LoadHalf(byte to, byte from, int offset) => Emit(0x69, to, from, offset);

    public void LoadWord(byte to, byte from, int offset) => Emit(0x61, to, from, offset);

    public void StoreWord(byte to, int offset, byte from) => Emit(0x63, to, from, offset);

    /// <summary>The address of a map, which takes two instructions.</summary>
    public void LoadMap(byte to, int map)
    {
        const byte FromFileDescriptor = 1;
        Emit(0x18, to, FromFileDescriptor, 0, map);
        Emit(0, 0, 0);
    }

    public void Call(int function) => Emit(0x85, 0, 0, 0, function);

    public void Exit() => Emit(0x95, 0, 0);

    public void Jump(string label) => EmitJump(0x05, 0, 0, 0, label);

    public void JumpIfEqual(byte register, int value, string label) => EmitJump(0x15, register, 0, value, label);

    public void JumpUnlessEqual(byte register, int value, string label) => EmitJump(0x55, register, 0, value, label);

    public void JumpIfGreater(byte register, byte other, string label) => EmitJump(0x2D, register, other, 0, label);

    public void Label(string name) => _labels.Add(name, _code.Count);

    public Instruction[] Assemble()
    {
        // A jump counts from the instruction behind it.
        foreach (var (at, label) in _jumps) _code[at] = _code[at] with { Offset = checked((short)(_labels[label] - at - 1)) };
        return [.. _code];
    }

    private void EmitJump(byte operation, byte to, byte from, int value, string label)
    {
        _jumps.Add((_code.Count, label));
        Emit(operation, to, from, 0, value);
    }

    private void Emit(byte operation, byte to, byte from, int offset = 0, int value = 0) =>
        _code.Add(new Instruction { Operation = operation, Registers = (byte)(to | (from << 4)), Offset = (short)offset, Value = value });

    /// <summary><c>struct bpf_insn</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public record struct Instruction
    {
        public byte Operation;
        public byte Registers;
        public short Offset;
        public int Value;
    }
}
