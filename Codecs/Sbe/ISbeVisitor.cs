using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe;

/// <summary>Sees a message part by part, in the order of the wire. The structure is checked before the first call.</summary>
public interface ISbeVisitor
{
    /// <summary>A field of the current block: the root block, or the innermost entry that was begun.</summary>
    /// <param name="value">The field and its bytes.</param>
    void Field(SbeFieldValue value);

    /// <summary>A group begins; also one that the wire's version does not have, with no entries.</summary>
    /// <param name="group">The group.</param>
    /// <param name="count">Number of entries that follow.</param>
    void BeginGroup(SbeGroup group, int count);

    /// <summary>An entry of the group begins.</summary>
    void BeginEntry();

    /// <summary>The entry ends.</summary>
    void EndEntry();

    /// <summary>The group ends.</summary>
    void EndGroup();

    /// <summary>Variable-length data.</summary>
    /// <param name="data">What it is.</param>
    /// <param name="content">The content; empty where the wire's version does not have it.</param>
    void Data(SbeData data, ReadOnlySpan<byte> content);
}
