using System.Globalization;

namespace FeedHandler.Transport;

/// <summary>The huge pages of the host.</summary>
internal static class HugePages
{
    public const string Remedy = "sudo sysctl vm.nr_hugepages=512, or \"memory\": \"ordinary\"";

    /// <summary>Bytes of free huge pages of the default size.</summary>
    public static long FreeBytes() => Read("HugePages_Free:") * Read("Hugepagesize:") * 1024;

    /// <summary>Bytes of all huge pages of the default size.</summary>
    public static long TotalBytes() => Read("HugePages_Total:") * Read("Hugepagesize:") * 1024;

    private static long Read(string key)
    {
        try
        {
            var line = File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words is [_, var number, ..] ? long.Parse(number, CultureInfo.InvariantCulture) : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
