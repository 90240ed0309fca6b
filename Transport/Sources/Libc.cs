using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>The Linux calls and layouts that .NET sockets do not offer. 64-bit Linux only.</summary>
internal static unsafe partial class Libc
{
    public const int SolIp = 0;
    public const int SolSocket = 1;

    public const int SoReuseAddress = 2;
    public const int SoReceiveBuffer = 8;
    public const int SoReceiveBufferForce = 33;
    public const int SoTimestampNs = 35;
    public const int SoReceiveQueueOverflow = 40;
    public const int SoBusyPoll = 46;

    public const int IpPacketInfo = 8;
    public const int IpMulticastInterface = 32;
    public const int McastJoinGroup = 42;
    public const int McastJoinSourceGroup = 46;
    public const int IpMulticastAll = 49;

    public const int MsgDontWait = 0x40;

    public const int AdviceWillNeed = 3;
    public const int AdvicePopulateRead = 22;

    public const int ErrorInterrupted = 4;
    public const int ErrorAgain = 11;

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int ReceiveMessages(int socket, MessageHeader* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Advise(void* address, nuint bytes, int advice);

    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint InterfaceIndex(string name);

    /// <summary><c>struct mmsghdr</c>: a <c>msghdr</c> of 56 bytes with the length received behind it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public void* Name;
        public uint NameBytes;
        public IoVector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlBytes;
        public int Flags;
        private readonly uint _paddingOfHeader;
        public uint MessageBytes;
        private readonly uint _padding;
    }

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public byte* Data;
        public nuint Bytes;
    }

    /// <summary><c>struct cmsghdr</c>: data follow; the next one starts at the next multiple of 8.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ControlHeader
    {
        public nuint Bytes;
        public int Level;
        public int Type;
    }

    /// <summary><c>struct sockaddr_in</c>, port and address in network byte order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SocketAddressIn
    {
        public ushort Family;
        public ushort Port;
        public uint Address;
        private readonly ulong _zero;
    }
}
