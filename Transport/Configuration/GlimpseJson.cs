using System.Globalization;
using FeedHandler.Codecs.Nasdaq.SoupBinTcp;

namespace FeedHandler.Transport;

/// <summary>The key <c>"glimpse"</c> of an ITCH channel: <c>"host:port"</c>, or an object that says more.</summary>
internal static class GlimpseJson
{
    public static GlimpseEndpoint Parse(JsonSection section)
    {
        if (!section.IsObject) return Server(section);
        section.AllowOnly("address", "user", "password", "anySession");
        return Server(section.Required("address", "write such as \"glimpse.example.com:18300\"")) with
        {
            User = section.Optional("user") is { } user ? Text(user, SoupBinPacket.UserBytes) : "",
            Password = section.Optional("password") is { } password ? Text(password, SoupBinPacket.PasswordBytes) : "",
            AnySession = section.Optional("anySession")?.Boolean() ?? false,
        };
    }

    private static GlimpseEndpoint Server(JsonSection section)
    {
        var text = section.Text();
        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port != 0
            ? new GlimpseEndpoint(text[..colon], port)
            : throw section.Error($"\"{text}\" is not host:port");
    }

    /// <summary>What is written there is a secret: no complaint repeats it.</summary>
    private static string Text(JsonSection section, int maxLength) =>
        section.TryGetText() is { } text && text.Length <= maxLength && text.All(character => character is > ' ' and < '\u007F')
            ? text
            : throw section.Error($"a string of up to {maxLength} printable ASCII characters, none of them a blank");
}
