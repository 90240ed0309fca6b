using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>A wire cannot be opened: the message says what was tried, what is missing, and the command that provides it.</summary>
public sealed class TransportException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="what">What was tried, such as <c>af_packet eth1: socket</c>.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="remedy">What to do; empty where nothing general can be said.</param>
    /// <param name="inner">What failed underneath.</param>
    public TransportException(string what, string problem, string remedy = "", Exception? inner = null)
        : base(remedy.Length == 0 ? $"{what}: {problem}" : $"{what}: {problem} ({remedy})", inner)
    {
    }

    /// <summary>Whether the configuration lacks something: nothing was tried yet.</summary>
    public bool IsConfiguration { get; private init; }

    /// <summary>Kernel error number, 0 where the kernel was not asked.</summary>
    public int ErrorNumber { get; private init; }

    /// <summary>A key that the wire needs is not there.</summary>
    internal static TransportException OfConfiguration(string what, string problem, string remedy) => new(what, problem, remedy) { IsConfiguration = true };

    /// <summary>A call that the kernel refused.</summary>
    internal static TransportException OfKernel(string what, int errorNumber, string remedy = "") =>
        new(what, Marshal.GetPInvokeErrorMessage(errorNumber), remedy) { ErrorNumber = errorNumber };

    internal static TransportException OfSocket(string what, SocketException cause) => new(what, cause.Message, "", cause) { ErrorNumber = cause.ErrorCode };
}
