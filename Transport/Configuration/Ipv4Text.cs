using System.Globalization;

namespace FeedHandler.Transport;

/// <summary>Dotted IPv4 addresses and <c>address:port</c>, strictly: no names, no hexadecimal, no missing parts.</summary>
internal static class Ipv4Text
{
    private const string Example = "224.0.31.11:14320";

    public static string Format(uint address) =>
        $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}";

    public static bool TryParse(ReadOnlySpan<char> text, out uint address)
    {
        address = 0;
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (part.Length > 3 || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return false;
            address = (address << 8) | value;
            parts++;
        }

        return parts == 4;
    }

    /// <summary>Parses <c>address:port</c>; on failure <paramref name="problem"/> says what is wrong and what to write.</summary>
    public static bool TryParseEndpoint(string text, out uint address, out ushort port, out string problem)
    {
        (address, port, problem) = (0, 0, "");
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        if (host.Contains(':'))
        {
            problem = $"\"{text}\" is not an IPv4 address and port; write such as \"{Example}\"";
        }
        else if (!TryParse(host, out address))
        {
            problem = $"\"{host}\" is not an IPv4 address; write such as \"{Example}\"";
        }
        else if (colon < 0)
        {
            problem = $"\"{text}\" has no port; write \"{text}:14320\"";
        }
        else if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port == 0)
        {
            problem = $"\"{text}\" has a bad port \"{text[(colon + 1)..]}\"; a port is 1 to 65535";
        }

        return problem.Length == 0;
    }
}
