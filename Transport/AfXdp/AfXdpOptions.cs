namespace FeedHandler.Transport;

/// <summary>Where the kernel runs the program that picks our frames.</summary>
public enum XdpMode
{
    /// <summary>In the driver where it can, else in the generic path.</summary>
    Auto,

    /// <summary>In the driver; an error where the driver cannot.</summary>
    Native,

    /// <summary>In the generic path, after the kernel has made its own packet: works on every interface, slower.</summary>
    Generic,
}

/// <summary>Whether the NIC writes our memory itself.</summary>
public enum XdpCopy
{
    /// <summary>Zero-copy where the driver can, else a copy by the kernel; <see cref="AfXdpSource.IsZeroCopy"/> says which.</summary>
    Auto,

    /// <summary>Zero-copy; an error where the driver cannot.</summary>
    Zero,

    /// <summary>A copy by the kernel.</summary>
    Copy,
}

/// <summary>How <see cref="AfXdpSource"/> receives.</summary>
public sealed record AfXdpOptions
{
    /// <summary>Interface, by name.</summary>
    public required string Interface { get; init; }

    /// <summary>Hardware queues to read. A frame that arrives on another queue goes to the kernel.</summary>
    public IReadOnlyList<int> Queues { get; init; } = [0];

    /// <summary>Where the program runs.</summary>
    public XdpMode Mode { get; init; }

    /// <summary>Whether the NIC writes our memory itself.</summary>
    public XdpCopy Copy { get; init; }

    /// <summary>Frames of memory for each queue, a power of 2. 4096 frames are 8 MiB: what a plain user may lock by default.</summary>
    public int Frames { get; init; } = 4096;

    /// <summary>Lets our polls drive the NIC in place of its interrupts, for so long; 0: interrupts. It costs a system call per empty poll.</summary>
    public int BusyPollMicroseconds { get; init; }
}
