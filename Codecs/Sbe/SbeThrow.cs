using System.Diagnostics.CodeAnalysis;

namespace FeedHandler.Sbe;

/// <summary>Exceptions of generated code: for mistakes of the caller, never for what is on the wire.</summary>
public static class SbeThrow
{
    /// <summary>Throws for an index outside of a group.</summary>
    [DoesNotReturn]
    public static void IndexOutOfRange() => throw new ArgumentOutOfRangeException("index", "The group has no entry of this index.");

    /// <summary>Throws for a call of Next behind the last entry of a group.</summary>
    [DoesNotReturn]
    public static void NoMoreEntries() => throw new InvalidOperationException("All entries that were announced are written.");
}
