using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>The network interfaces of this host, as users name them.</summary>
public static class NetworkInterfaces
{
    /// <summary>Finds an interface given by name (<c>eth1</c>) or by one of its IPv4 addresses.</summary>
    /// <param name="nameOrAddress">What the user wrote; null: the routing table chooses.</param>
    /// <param name="problem">Why it cannot be used, with those that can.</param>
    /// <exception cref="PlatformNotSupportedException">Not Linux.</exception>
    public static bool Exists(string? nameOrAddress, out string problem) => TryFind(nameOrAddress, out _, out problem);

    /// <returns>Kernel index and IPv4 address; 0 and any for null.</returns>
    /// <exception cref="ArgumentException">There is no such interface; the message lists those that are there.</exception>
    internal static (int Index, IPAddress Address) Find(string? nameOrAddress) =>
        TryFind(nameOrAddress, out (int, IPAddress) found, out string problem) ? found : throw new ArgumentException(problem, nameof(nameOrAddress));

    private static bool TryFind(string? nameOrAddress, out (int Index, IPAddress Address) found, out string problem)
    {
        found = (0, IPAddress.Any);
        problem = "";
        if (nameOrAddress == null)
            return true;
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("choosing the interface for live multicast needs Linux");
        NetworkInterface[] all = NetworkInterface.GetAllNetworkInterfaces();
        bool isAddress = IPAddress.TryParse(nameOrAddress, out IPAddress? wanted);
        foreach (NetworkInterface candidate in all)
        {
            IPAddress[] addresses = Addresses(candidate);
            if (string.Equals(candidate.Name, nameOrAddress, StringComparison.Ordinal))
                found = (IndexOf(candidate), addresses.FirstOrDefault(IPAddress.Any));
            else if (isAddress && addresses.Contains(wanted))
                found = (IndexOf(candidate), wanted!);
            else
                continue;
            return true;
        }

        problem = isAddress && wanted!.AddressFamily != AddressFamily.InterNetwork
            ? $"'{nameOrAddress}' is not an IPv4 address, and the feed's groups are; "
            : $"there is no interface '{nameOrAddress}'; ";
        problem += $"there are: {string.Join(", ", all.Select(Describe))}";
        return false;
    }

    /// <summary>The address as .NET writes it.</summary>
    /// <param name="hostOrder">IPv4 in host byte order.</param>
    internal static IPAddress ToIPAddress(uint hostOrder)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, hostOrder);
        return new IPAddress(bytes);
    }

    // .NET gives the index only of interfaces that have an address.
    private static int IndexOf(NetworkInterface one) => (int)Libc.InterfaceIndex(one.Name);

    private static IPAddress[] Addresses(NetworkInterface one) =>
        [.. one.GetIPProperties().UnicastAddresses.Select(unicast => unicast.Address).Where(address => address.AddressFamily == AddressFamily.InterNetwork)];

    private static string Describe(NetworkInterface one) =>
        Addresses(one) is [IPAddress address, ..] ? $"{one.Name} ({address})" : one.Name;
}
