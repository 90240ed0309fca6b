using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>A kernel socket and its mappings; every refusal names the socket, the step and the remedy.</summary>
internal sealed unsafe class KernelSocket : IDisposable
{
    private readonly List<(nint Address, nuint Bytes)> _mappings = [];
    private readonly string _name;
    private readonly Func<int, string> _remedy;

    private KernelSocket(int handle, string name, Func<int, string> remedy) => (Handle, _name, _remedy) = (handle, name, remedy);

    /// <summary>File descriptor; -1 after <see cref="Dispose"/>.</summary>
    public int Handle { get; private set; }

    /// <summary>Opens a socket.</summary>
    /// <param name="name">For messages, such as <c>af_packet eth1</c>.</param>
    /// <param name="family">Address family.</param>
    /// <param name="type">Socket type.</param>
    /// <param name="remedy">What helps against an error number; empty where nothing is known.</param>
    public static KernelSocket Open(string name, int family, int type, Func<int, string> remedy)
    {
        if (!OperatingSystem.IsLinux() || sizeof(nint) != 8) throw new TransportException(name, "needs 64-bit Linux", "captures replay anywhere");
        var handle = Libc.OpenSocket(family, type | Libc.SocketCloseOnExec, 0);
        if (handle >= 0) return new KernelSocket(handle, name, remedy);
        var error = Marshal.GetLastPInvokeError();
        throw TransportException.OfKernel($"{name}: open a socket", error, remedy(error));
    }

    public void Set<T>(int level, int option, T value, string step)
        where T : unmanaged => Set(level, option, &value, sizeof(T), step);

    public void Set(int level, int option, void* value, int bytes, string step)
    {
        if (Libc.SetOption(Handle, level, option, value, (uint)bytes) != 0) throw Refused(step);
    }

    /// <summary>Sets what makes things better where the kernel and our rights allow it.</summary>
    public bool TrySet<T>(int level, int option, T value)
        where T : unmanaged => Libc.SetOption(Handle, level, option, &value, (uint)sizeof(T)) == 0;

    public bool TryGet<T>(int level, int option, out T value)
        where T : unmanaged
    {
        T got = default;
        var bytes = (uint)sizeof(T);
        var succeeded = Handle >= 0 && Libc.GetOption(Handle, level, option, &got, &bytes) == 0;
        value = got;
        return succeeded;
    }

    public T Get<T>(int level, int option, string step)
        where T : unmanaged => TryGet(level, option, out T value) ? value : throw Refused(step);

    public bool TryBind<T>(T address)
        where T : unmanaged => Libc.Bind(Handle, &address, (uint)sizeof(T)) == 0;

    public void Bind<T>(T address, string step)
        where T : unmanaged
    {
        if (!TryBind(address)) throw Refused(step);
    }

    /// <summary>Maps memory of the socket; it lives as long as the socket.</summary>
    public byte* Map(nuint bytes, long offset, string step)
    {
        var address = Libc.Map(0, bytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | Libc.MapPopulate, Handle, offset);
        if (address == -1) throw Refused(step);
        _mappings.Add((address, bytes));
        return (byte*)address;
    }

    public TransportException Refused(string step)
    {
        var error = Marshal.GetLastPInvokeError();
        return TransportException.OfKernel($"{_name}: {step}", error, _remedy(error));
    }

    public void Dispose()
    {
        foreach (var (address, bytes) in _mappings) _ = Libc.Unmap(address, bytes);
        _mappings.Clear();
        if (Handle >= 0) _ = Libc.Close(Handle);
        Handle = -1;
    }
}
