using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>Finds the network interface that a user means.</summary>
internal static class NetworkInterfaces
{
    /// <summary>Kernel index of an interface given by name (<c>eth1</c>) or by one of its IPv4 addresses.</summary>
    /// <returns>The index; 0 for null, which lets the routing table choose.</returns>
    /// <exception cref="ArgumentException">There is no such interface; the message lists those that are there.</exception>
    public static int IndexOf(string? nameOrAddress)
    {
        if (nameOrAddress == null)
            return 0;
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("choosing the interface for live multicast needs Linux");
        NetworkInterface[] all = NetworkInterface.GetAllNetworkInterfaces();
        string name = nameOrAddress;
        if (IPAddress.TryParse(nameOrAddress, out IPAddress? address))
            name = all.FirstOrDefault(candidate => Has(candidate, address))?.Name ?? nameOrAddress;
        uint index = Libc.InterfaceIndex(name);
        if (index == 0)
            throw new ArgumentException($"there is no interface '{nameOrAddress}'; there are: {string.Join(", ", all.Select(Describe))}", nameof(nameOrAddress));
        return (int)index;
    }

    /// <summary>The address as .NET writes it.</summary>
    /// <param name="hostOrder">IPv4 in host byte order.</param>
    public static IPAddress ToIPAddress(uint hostOrder)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, hostOrder);
        return new IPAddress(bytes);
    }

    private static bool Has(NetworkInterface candidate, IPAddress address) =>
        candidate.GetIPProperties().UnicastAddresses.Any(unicast => unicast.Address.Equals(address));

    private static string Describe(NetworkInterface one) =>
        one.GetIPProperties().UnicastAddresses.FirstOrDefault(unicast => unicast.Address.AddressFamily == AddressFamily.InterNetwork) is { } unicast
            ? $"{one.Name} ({unicast.Address})"
            : one.Name;
}
