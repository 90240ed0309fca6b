using System.Globalization;

namespace FeedHandler.Transport;

/// <summary>The key <c>"replay"</c> of a CME channel: <c>"host:port"</c>, or an object that says more.</summary>
internal static class CmeReplayJson
{
    public static CmeReplayEndpoint Parse(JsonSection section, string channelName)
    {
        if (!section.IsObject) return Server(section, ChannelNumber(section, channelName));
        section.AllowOnly("address", "channel", "user", "password");
        var channel = section.Optional("channel")?.Integer(0, short.MaxValue) ?? ChannelNumber(section, channelName);
        var server = Server(section.Required("address", "write such as \"replay.example.com:10000\""), channel);
        return server with
        {
            User = section.Optional("user") is { } user ? Text(user) : server.User,
            Password = section.Optional("password") is { } password ? Text(password) : server.Password,
        };
    }

    /// <summary>The number at the end of a name such as <c>cme-310</c>.</summary>
    private static int ChannelNumber(JsonSection section, string name)
    {
        var digits = name[(name.Length - name.Reverse().TakeWhile(char.IsAsciiDigit).Count())..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= short.MaxValue
            ? number
            : throw section.Error($"which channel is \"{name}\" to the server? Write {{\"address\":\"host:port\",\"channel\":310}}");
    }

    private static CmeReplayEndpoint Server(JsonSection section, int channel)
    {
        var text = section.Text();
        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port != 0
            ? new CmeReplayEndpoint(text[..colon], port, channel)
            : throw section.Error($"\"{text}\" is not host:port");
    }

    /// <summary>What would end a FIX field has no place in one.</summary>
    private static string Text(JsonSection section)
    {
        var text = section.Text();
        return text.Length is > 0 and <= 64 && text.All(character => character is >= ' ' and < '\u007F') ? text : throw section.Error("1 to 64 printable ASCII characters");
    }
}
