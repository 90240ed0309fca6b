namespace FeedHandler.Transport;

/// <summary>How <see cref="NetmapSource"/> receives.</summary>
public sealed record NetmapOptions
{
    /// <summary>The port: an interface (<c>eth1</c>), a port of a software switch (<c>vale0:1</c>) or an end of a pipe (<c>feed}1</c>).</summary>
    public required string Port { get; init; }

    /// <summary>Receive ring of this source; null: all rings of the port.</summary>
    public int? Ring { get; init; }

    /// <summary>Kernel interface on which the groups are joined; null: the port itself where it is an interface, else none.</summary>
    public string? JoinInterface { get; init; }
}
