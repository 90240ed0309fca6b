using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>How long a channel, and each of its lines, has brought nothing, by a clock that never goes back and is a parameter.</summary>
/// <remarks>
/// The channel is heard by packets that go on with its sequence or name the next number (heartbeats do one of both); a line
/// by anything that is believed, copies included. Silence begins with the first packet: what was never heard is not silent
/// yet. Written by the RX core that owns the channel; other threads read it for display.
/// </remarks>
public sealed class SilenceWatch
{
    private readonly long[] _lineHeardNs;
    private readonly bool[] _lineIsSilent;
    private bool _isStarted;
    private bool _isHeard;
    private long _heardNs;

    /// <summary>Creates the watch.</summary>
    /// <param name="limitNs">Silence that is told, in nanoseconds; 0: none ever is.</param>
    /// <param name="lines">Lines of the channel's incremental feed.</param>
    public SilenceWatch(long limitNs, int lines)
    {
        LimitNs = limitNs;
        _lineHeardNs = new long[lines];
        _lineIsSilent = new bool[lines];
    }

    /// <summary>Silence that is told, in nanoseconds; 0: none ever is.</summary>
    public long LimitNs { get; }

    /// <summary>Whether no line has brought anything for the limit or longer.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>When the channel was heard last, by the clock.</summary>
    public long HeardNs => _heardNs;

    /// <summary>Times that the channel was silent.</summary>
    public long Silences { get; private set; }

    /// <summary>How long the silences that are over lasted together, in nanoseconds.</summary>
    public long SilentNs { get; private set; }

    /// <summary>Times that one line was silent while another was not.</summary>
    public long LineSilences { get; private set; }

    /// <summary>Whether a line is silent while another is not.</summary>
    public bool IsLineSilent(int line) => line < _lineIsSilent.Length && _lineIsSilent[line];

    /// <summary>A packet went on with the channel's sequence, or named the next number.</summary>
    [HotPath]
    public void OnHeard(int line, long clockNs)
    {
        if (!_isHeard) Begin(clockNs);
        _heardNs = clockNs;
        OnLine(line, clockNs);
    }

    /// <summary>A packet came on a line, and was nothing new.</summary>
    [HotPath]
    public void OnLine(int line, long clockNs)
    {
        _lineHeardNs[line] = clockNs;
        _lineIsSilent[line] = false;
    }

    /// <summary>Looks at the clock.</summary>
    /// <param name="clockNs">The time.</param>
    /// <param name="nextNs">The earliest time at which there can be something to see; <see cref="long.MaxValue"/>: never.</param>
    /// <returns>Whether the channel has just become silent.</returns>
    public bool Check(long clockNs, out long nextNs)
    {
        nextNs = LimitNs == 0 ? long.MaxValue : clockNs + LimitNs;
        if (LimitNs == 0 || !_isStarted || IsSilent) return false;
        if (clockNs - _heardNs >= LimitNs)
        {
            IsSilent = true;
            _isHeard = false;
            Silences++;
            // All of them are: none more than the others.
            Array.Clear(_lineIsSilent);
            return true;
        }

        nextNs = _heardNs + LimitNs;
        for (var line = 0; line < _lineHeardNs.Length; line++)
        {
            if (_lineIsSilent[line]) continue;
            if (clockNs - _lineHeardNs[line] < LimitNs)
            {
                nextNs = Math.Min(nextNs, _lineHeardNs[line] + LimitNs);
                continue;
            }

            _lineIsSilent[line] = true;
            LineSilences++;
        }

        return false;
    }

    /// <summary>The first packet, or the first after a silence: a line that brings nothing does so from now on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Begin(long clockNs)
    {
        if (IsSilent) SilentNs += clockNs - _heardNs;
        IsSilent = false;
        _isStarted = _isHeard = true;
        Array.Fill(_lineHeardNs, clockNs);
    }
}
