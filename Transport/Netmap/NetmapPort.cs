using System.Runtime.InteropServices;
using System.Text;

namespace FeedHandler.Transport;

/// <summary>What a netmap source needs of the kernel: shared memory with an interface description, and a sync.</summary>
internal unsafe interface INetmapPort : IDisposable
{
    byte* Memory { get; }

    ulong MemoryBytes { get; }

    /// <summary>Where the interface's description lies in the memory.</summary>
    ulong InterfaceOffset { get; }

    /// <summary>Hands slots that were released to the kernel, and gets to know what has arrived.</summary>
    void SyncReceive();
}

/// <summary>/dev/netmap, by the control request of API 14.</summary>
internal sealed unsafe class NetmapDevice : INetmapPort
{
    private const string Device = "/dev/netmap";
    private const ushort Api = 14, RequestRegister = 1;
    private const nuint ControlRequest = 0xC058_6997, SyncReceiveRequest = 0x6995;
    private const uint AllNicRings = 1, OneNicRing = 4;
    private const int NameBytes = 64;

    private readonly int _handle;

    public NetmapDevice(NetmapOptions options)
    {
        var what = $"netmap {options.Port}";
        if (!OperatingSystem.IsLinux() || sizeof(nint) != 8) throw new TransportException(what, "needs 64-bit Linux");
        _handle = Libc.Open(Device, Libc.OpenReadWrite | Libc.OpenCloseOnExec);
        if (_handle < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw TransportException.OfKernel($"{what}: open {Device}", error, error is Libc.ErrorNoEntry or Libc.ErrorNoDevice
                ? "the module is not loaded: sudo modprobe netmap; it is built from https://github.com/luigirizzo/netmap"
                : $"sudo chgrp $(id -gn) {Device} && sudo chmod g+rw {Device}");
        }

        try
        {
            Register(what, options);
        }
        catch
        {
            _ = Libc.Close(_handle);
            throw;
        }
    }

    public byte* Memory { get; private set; }

    public ulong MemoryBytes { get; private set; }

    public ulong InterfaceOffset { get; private set; }

    public void SyncReceive() => _ = Libc.Control(_handle, SyncReceiveRequest, null);

    public void Dispose()
    {
        if (Memory == null) return;
        _ = Libc.Unmap((nint)Memory, (nuint)MemoryBytes);
        _ = Libc.Close(_handle);
        Memory = null;
    }

    private void Register(string what, NetmapOptions options)
    {
        var name = Encoding.UTF8.GetBytes(options.Port);
        if (name.Length is 0 or >= NameBytes) throw new TransportException(what, $"a port's name has 1 to {NameBytes - 1} bytes");
        Registration body = default;
        body.Mode = options.Ring is null ? AllNicRings : OneNicRing;
        body.Ring = (ushort)(options.Ring ?? 0);
        Request request = default;
        request.Version = Api;
        request.Type = RequestRegister;
        request.Body = (ulong)&body;
        name.CopyTo(new Span<byte>(request.Name, NameBytes));
        if (Libc.Control(_handle, ControlRequest, &request) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw TransportException.OfKernel($"{what}: register", error, error == Libc.ErrorInvalid ? "the module has another API than 14, or there is no such ring" : "");
        }

        var memory = Libc.Map(0, (nuint)body.MemoryBytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, _handle, 0);
        if (memory == -1) throw TransportException.OfKernel($"{what}: map {body.MemoryBytes >> 20} MiB", Marshal.GetLastPInvokeError());
        Memory = (byte*)memory;
        MemoryBytes = body.MemoryBytes;
        InterfaceOffset = body.Offset;
    }

    /// <summary><c>struct nmreq_header</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        public ushort Version;
        public ushort Type;
        private readonly uint _reserved;
        public fixed byte Name[NameBytes];
        private readonly ulong _options;
        public ulong Body;
    }

    /// <summary><c>struct nmreq_register</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 56)]
    private struct Registration
    {
        [FieldOffset(0)]
        public ulong Offset;

        [FieldOffset(8)]
        public ulong MemoryBytes;

        [FieldOffset(34)]
        public ushort Ring;

        [FieldOffset(36)]
        public uint Mode;
    }
}
