using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>One interface of a pcapng section: link type and what its time stamps mean.</summary>
internal struct PcapngInterface
{
    private const long NsPerSecond = 1_000_000_000;
    private const int NsExponent = 9;

    public LinkType Link;
    public uint SnapLengthBytes;

    /// <summary>Packets lost on this interface as of its latest statistics block.</summary>
    public ulong Dropped;

    private bool _isPowerOfTwo;
    private int _shift;
    private ulong _nsPerTick;
    private ulong _ticksPerNs;
    private long _offsetNs;
    private ulong _maxTicks;

    /// <summary>Sets what <c>if_tsresol</c> and <c>if_tsoffset</c> say.</summary>
    /// <param name="resolution">Negative exponent of 10, or of 2 where the top bit is set; 6 where the option is missing.</param>
    /// <param name="offsetSeconds">Added to each time stamp.</param>
    /// <returns>False where no time of this kind fits 64-bit nanoseconds.</returns>
    public bool TrySetTime(byte resolution, long offsetSeconds)
    {
        const long maxOffsetSeconds = long.MaxValue / NsPerSecond;
        int exponent = resolution & 0x7f;
        _isPowerOfTwo = (resolution & 0x80) != 0;
        if (exponent > (_isPowerOfTwo ? 63 : 19) || offsetSeconds is > maxOffsetSeconds or < -maxOffsetSeconds)
            return false;

        _shift = exponent;
        _nsPerTick = exponent <= NsExponent ? PowerOfTen(NsExponent - exponent) : 1;
        _ticksPerNs = exponent > NsExponent ? PowerOfTen(exponent - NsExponent) : 1;
        _offsetNs = offsetSeconds * NsPerSecond;
        UInt128 ticksPerSecond = _isPowerOfTwo ? 1ul << exponent : PowerOfTen(exponent);
        UInt128 maxTicks = (UInt128)(ulong)(long.MaxValue - Math.Max(_offsetNs, 0)) * ticksPerSecond / NsPerSecond;
        _maxTicks = maxTicks > ulong.MaxValue ? ulong.MaxValue : (ulong)maxTicks;
        return true;
    }

    /// <summary>Nanoseconds since the epoch; <see cref="long.MaxValue"/> for times beyond it.</summary>
    [HotPath]
    public readonly long ToNs(ulong ticks)
    {
        if (ticks > _maxTicks)
            return long.MaxValue;
        if (!_isPowerOfTwo)
            return (long)(_ticksPerNs == 1 ? ticks * _nsPerTick : ticks / _ticksPerNs) + _offsetNs;

        ulong seconds = ticks >> _shift;
        UInt128 fraction = ticks - (seconds << _shift);
        return (long)seconds * NsPerSecond + (long)(ulong)(fraction * NsPerSecond >> _shift) + _offsetNs;
    }

    private static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (int i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }
}
