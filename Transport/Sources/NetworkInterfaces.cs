using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>Finds the network interface that a user means.</summary>
internal static class NetworkInterfaces
{
    /// <summary>Finds an interface given by name (<c>eth1</c>) or by one of its IPv4 addresses.</summary>
    /// <returns>Kernel index and IPv4 address; 0 and any for null, which lets the routing table choose.</returns>
    /// <exception cref="ArgumentException">There is no such interface; the message lists those that are there.</exception>
    public static (int Index, IPAddress Address) Find(string? nameOrAddress)
    {
        if (nameOrAddress == null)
            return (0, IPAddress.Any);
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("choosing the interface for live multicast needs Linux");
        foreach (NetworkInterface candidate in NetworkInterface.GetAllNetworkInterfaces())
        {
            IPAddress[] addresses = Addresses(candidate);
            if (string.Equals(candidate.Name, nameOrAddress, StringComparison.Ordinal))
                return (IndexOf(candidate), addresses.FirstOrDefault(IPAddress.Any));
            if (IPAddress.TryParse(nameOrAddress, out IPAddress? address) && addresses.Contains(address))
                return (IndexOf(candidate), address);
        }

        throw new ArgumentException(
            $"there is no interface '{nameOrAddress}'; there are: {string.Join(", ", NetworkInterface.GetAllNetworkInterfaces().Select(Describe))}", nameof(nameOrAddress));
    }

    /// <summary>The address as .NET writes it.</summary>
    /// <param name="hostOrder">IPv4 in host byte order.</param>
    public static IPAddress ToIPAddress(uint hostOrder)
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
