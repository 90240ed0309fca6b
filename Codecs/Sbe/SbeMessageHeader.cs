namespace FeedHandler.Sbe;

/// <summary>What a message header says.</summary>
/// <param name="BlockLength">Bytes of the root block on the wire.</param>
/// <param name="TemplateId">Which message it is.</param>
/// <param name="SchemaId">Which schema it belongs to.</param>
/// <param name="Version">The sender's version of the schema.</param>
public readonly record struct SbeMessageHeader(int BlockLength, int TemplateId, int SchemaId, int Version);
