using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Link types as capture files number them.</summary>
internal static class LinkTypes
{
    /// <summary>The link type of a registry number; unknown ones keep their number and fail in the parser, frame by frame.</summary>
    /// <remarks>12 and 14 are what some systems write for raw IP in place of 101.</remarks>
    public static LinkType FromRegistry(uint number) => number is 12 or 14 ? LinkType.RawIp : (LinkType)number;
}
