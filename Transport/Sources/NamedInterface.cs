using System.Net;

namespace FeedHandler.Transport;

/// <summary>Interfaces that a wire cannot do without.</summary>
internal static class NamedInterface
{
    /// <summary>The kernel's index of an interface.</summary>
    /// <exception cref="TransportException">None is named, or there is no such interface.</exception>
    public static int IndexOf(string transport, string? name) => Find(transport, name).Index;

    /// <summary>The kernel's index of an interface, and its address, which may be any.</summary>
    /// <exception cref="TransportException">None is named, or there is no such interface.</exception>
    public static (int Index, IPAddress Address) Find(string transport, string? name)
    {
        if (string.IsNullOrEmpty(name)) throw TransportException.OfConfiguration(transport, "names no interface", "write \"interface\": \"eth1\" or --interface eth1");
        try
        {
            return NetworkInterfaces.Find(name);
        }
        catch (ArgumentException e)
        {
            throw new TransportException(transport, e.Message.Split(" (Parameter", 2)[0], "ip link shows them", e);
        }
    }
}
