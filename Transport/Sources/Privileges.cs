namespace FeedHandler.Transport;

/// <summary>How a process gets the rights that a wire needs, as a command.</summary>
internal static class Privileges
{
    /// <summary>The command that gives this program capabilities.</summary>
    /// <param name="capabilities">Such as <c>cap_net_raw,cap_net_admin</c>.</param>
    public static string Grant(string capabilities)
    {
        var program = Environment.ProcessPath ?? "feedhandler";
        var needs = $"needs {capabilities.ToUpperInvariant()}: run as root, or ";

        // Capabilities on the shared dotnet host would be everybody's: then only for this run.
        return Path.GetFileName(program) == "dotnet"
            ? $"{needs}sudo setpriv --reuid $(id -u) --regid $(id -g) --init-groups --inh-caps {Signed(capabilities)} --ambient-caps {Signed(capabilities)} {program} …"
            : $"{needs}sudo setcap {capabilities}+ep {program}";
    }

    private static string Signed(string capabilities) => string.Join(',', capabilities.Split(',').Select(name => $"+{name["cap_".Length..]}"));
}
