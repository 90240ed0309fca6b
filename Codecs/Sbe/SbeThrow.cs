using System.Diagnostics.CodeAnalysis;

namespace FeedHandler.Sbe;

/// <summary>Exceptions of generated code: for mistakes of the caller, never for what is on the wire.</summary>
public static class SbeThrow
{
    /// <summary>Throws for an index outside of a group.</summary>
    [DoesNotReturn]
    public static void IndexOutOfRange() => throw new ArgumentOutOfRangeException("index", "The group has no entry of this index.");

    /// <summary>Throws for a field that is written where no entry is begun.</summary>
    [DoesNotReturn]
    public static void NoEntry() => throw new InvalidOperationException("No entry is begun: TryNext was not called, or did not return None.");
}
