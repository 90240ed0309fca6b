using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Which instruments of a channel are kept: those that appear first, up to the bound.</summary>
/// <remarks>
/// Every shard sees every update, so each counts the instruments of all shards, and all decide alike: which instruments
/// are kept does not depend on the number of shards. Owned by one shard's thread; a restarted shard counts anew.
/// </remarks>
internal sealed class InstrumentAdmission(int maxInstruments)
{
    private readonly HashSet<uint> _ofOtherShards = [];
    private int _admitted;
    private uint _lastOfOther;

    /// <summary>Admits an instrument that was not there before.</summary>
    public bool TryAdmit()
    {
        if (_admitted >= maxInstruments) return false;
        _admitted++;
        return true;
    }

    /// <summary>Another shard's instrument was seen; that shard admits it, or refuses it, by the same count.</summary>
    [HotPath]
    public void NoteOther(uint instrument)
    {
        // Updates of one instrument come in a row.
        if (instrument != _lastOfOther) Note(instrument);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Note(uint instrument)
    {
        _lastOfOther = instrument;
        if (_ofOtherShards.Contains(instrument)) return;
        if (TryAdmit()) _ofOtherShards.Add(instrument);
    }
}
