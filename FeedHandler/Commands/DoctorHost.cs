using System.Globalization;

namespace FeedHandler.Commands;

/// <summary>What the kernel says of a host, read from its files.</summary>
/// <param name="root">Where the files are: / for the host itself.</param>
internal sealed class DoctorHost(string root)
{
    /// <summary>A file's first line without the blanks around it; null where there is no such file.</summary>
    public string? Read(string path)
    {
        try
        {
            return File.ReadLines(Path.Combine(root, path)).FirstOrDefault()?.Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public long? Number(string path) => long.TryParse(Read(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public bool Exists(string path) => Path.Exists(Path.Combine(root, path));

    public IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public IEnumerable<string> Names(string folder)
    {
        var path = Path.Combine(root, folder);
        return Directory.Exists(path) ? Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal) : [];
    }

    /// <summary>The words behind a key such as <c>HugePages_Free:</c>.</summary>
    public string[] Words(string path, string key) =>
        Lines(path).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Whether this process has a capability, by its number.</summary>
    public bool HasCapability(int number) =>
        Words("proc/self/status", "CapEff:") is [var mask] && ulong.TryParse(mask, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) && ((bits >> number) & 1) != 0;

    /// <summary>Whether a list such as <c>0-3,8</c> has a number.</summary>
    public static bool Contains(string? list, int number)
    {
        foreach (var part in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)) continue;
            var last = ends.Length > 1 && int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : first;
            if (number >= first && number <= last) return true;
        }

        return false;
    }
}
