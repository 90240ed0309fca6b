using System.Runtime.InteropServices;

namespace FeedHandler.Transport.Tests.Netmap;

/// <summary>Memory laid out as netmap documents it: an interface, a transmit ring, a host ring, then receive rings; a sync hands over what was put.</summary>
internal sealed unsafe class FakeNetmapPort : INetmapPort
{
    public const int Slots = 8, BufferBytes = 2048;

    private const int InterfaceAt = 4096, RingsAt = 8192, RingBytes = 256 + (Slots * 16), BuffersAt = 65_536;

    private readonly int _rxRings;
    private readonly Queue<byte[]>[] _arrived;
    private readonly uint[] _freed;

    public FakeNetmapPort(int rxRings = 1)
    {
        _rxRings = rxRings;
        _arrived = [.. Enumerable.Range(0, rxRings).Select(_ => new Queue<byte[]>())];
        _freed = new uint[rxRings];
        MemoryBytes = (ulong)(BuffersAt + (rxRings * Slots * BufferBytes));
        Memory = (byte*)NativeMemory.AllocZeroed((nuint)MemoryBytes);
        *(uint*)(Memory + InterfaceAt + 24) = 1;
        *(uint*)(Memory + InterfaceAt + 28) = (uint)rxRings;
        *(uint*)(Memory + InterfaceAt + 36) = 1;
        *(uint*)(Memory + InterfaceAt + 40) = 1;
        var offsets = (long*)(Memory + InterfaceAt + 56);
        for (var ring = 0; ring < 3 + rxRings; ring++) offsets[ring] = RingsAt + (ring * RingBytes) - InterfaceAt;
        for (var ring = 0; ring < rxRings; ring++) LayOut(ring);
    }

    public byte* Memory { get; private set; }

    public ulong MemoryBytes { get; }

    public ulong InterfaceOffset => InterfaceAt;

    public int Syncs { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Slots that the reader has handed back.</summary>
    public uint Freed(int ring = 0) => _freed[ring];

    public void Arrive(byte[] frame, int ring = 0) => _arrived[ring].Enqueue(frame);

    public NetmapRing.Header* Ring(int ring) => (NetmapRing.Header*)(Memory + RingsAt + ((2 + ring) * RingBytes));

    public NetmapRing.Slot* Slot(int ring, uint slot) => (NetmapRing.Slot*)((byte*)Ring(ring) + 256) + slot;

    /// <summary>What the kernel does: slots before head are its own again, and what has arrived fills them up to tail.</summary>
    public void SyncReceive()
    {
        Syncs++;
        for (var ring = 0; ring < _rxRings; ring++)
        {
            var header = Ring(ring);
            Assert.Equal(header->Head, header->Current);
            _freed[ring] = header->Head;
            while (_arrived[ring].Count > 0 && (header->Tail + 1) % Slots != header->Head)
            {
                var frame = _arrived[ring].Dequeue();
                var slot = Slot(ring, header->Tail);
                slot->Bytes = (ushort)frame.Length;
                frame.CopyTo(new Span<byte>((byte*)header + header->BuffersOffset + (slot->Buffer * BufferBytes), BufferBytes));
                header->Tail = (header->Tail + 1) % Slots;
            }
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(Memory);
        Memory = null;
        IsDisposed = true;
    }

    private void LayOut(int ring)
    {
        var header = Ring(ring);
        header->BuffersOffset = Memory + BuffersAt - (byte*)header;
        header->Slots = Slots;
        header->BufferBytes = BufferBytes;

        // Buffers are numbered for the whole memory, in any order.
        for (uint i = 0; i < Slots; i++) Slot(ring, i)->Buffer = (uint)(ring * Slots) + Slots - 1 - i;
    }
}
