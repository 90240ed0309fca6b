using FeedHandler.Codecs.Nasdaq.Itch5;
using System.Buffers.Binary;
using System.IO.Compression;
using ZstdSharp;

namespace FeedHandler.Transport;

/// <summary>Opens capture files and finds out what they are.</summary>
internal static unsafe class CaptureFile
{
    private const uint GzipMagic = 0x8b1f;
    private const uint ZstdMagic = 0xfd2f_b528;

    /// <summary>Zstd frames to be skipped may come first; their magic has 16 values.</summary>
    private const uint ZstdSkippableMagic = 0x184d_2a50;

    /// <summary>A window of 128 MiB is what <c>zstd --long</c> uses; a frame that wants more is refused.</summary>
    private const int MaxZstdWindowLog = 27;

    private const int ReadBufferBytes = 64 * 1024;

    /// <summary>Without this switch .NET takes a gzip file that was cut for one that ends there.</summary>
    private const string StrictGzipSwitch = "System.IO.Compression.UseStrictValidation";

    static CaptureFile()
    {
        if (!AppContext.TryGetSwitch(StrictGzipSwitch, out _))
            AppContext.SetSwitch(StrictGzipSwitch, isEnabled: true);
    }

    /// <summary>Opens a file: mapped where it is plain, through a buffer where it is compressed or not a regular file.</summary>
    public static CaptureWindow Open(string path)
    {
        if (Directory.Exists(path))
            throw new CaptureException(path, "is a directory, not a capture file");
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return Open(file);
        }
        catch (FileNotFoundException cause)
        {
            throw new CaptureException(path, "there is no such file", cause);
        }
        catch (DirectoryNotFoundException cause)
        {
            throw new CaptureException(path, "there is no such file: its folder does not exist", cause);
        }
        catch (Exception cause) when (IsReadError(cause))
        {
            file?.Dispose();
            throw new CaptureException(path, $"cannot be read: {cause.Message}", cause);
        }
    }

    /// <summary>Reads the file header at the window's start.</summary>
    /// <exception cref="CaptureException">It is not a capture, with what was found.</exception>
    public static CaptureFormat ReadHeader(string path, CaptureWindow window)
    {
        try
        {
            window.Refill();
        }
        catch (Exception cause) when (IsReadError(cause))
        {
            throw Unreadable(path, window, cause);
        }

        if (window.Available == 0)
            throw new CaptureException(path, "the file is empty");
        if (window.Available < sizeof(uint))
            throw new CaptureException(path, 0, $"not a capture: only {window.Available} bytes");

        uint magic = *(uint*)window.Current;
        CaptureFormat? format;
        string reason;
        if (PcapFormat.IsMagic(magic))
            format = PcapFormat.Open(window, out reason);
        else if (magic == PcapngFormat.SectionHeaderType)
            format = PcapngFormat.Open(window, out reason);
        else
            throw new CaptureException(path, 0, $"not a capture: found {Describe(window.Current, magic)}, expected pcap or pcapng, plain, gzip or zstd{(IsLikeItch(window) ? "; a raw file of ITCH messages needs \"raw\": true in the feed file" : "")}");
        return format ?? throw new CaptureException(path, 0, reason);
    }

    /// <summary>Whether a file begins like one of BinaryFILE: a length of two bytes, and a letter that is an ITCH message's type.</summary>
    private static bool IsLikeItch(CaptureWindow window) => window.Current[0] == 0 && window.Current[1] is >= Itch5.HeadBytes and < 64 && char.IsAsciiLetterUpper((char)window.Current[2]);

    /// <summary>Whether an exception comes from the file rather than from us.</summary>
    public static bool IsReadError(Exception cause) =>
        cause is (IOException and not CaptureException) or UnauthorizedAccessException or InvalidDataException or ZstdException;

    /// <summary>The file cannot be read or decompressed on.</summary>
    public static CaptureException Unreadable(string path, CaptureWindow window, Exception cause) =>
        new(path, window.Offset + window.Available, cause is InvalidDataException or ZstdException or EndOfStreamException
            ? $"compressed data cut or corrupt: {cause.Message}"
            : cause.Message, cause);

    private static CaptureWindow Open(FileStream file)
    {
        if (!file.CanSeek || file.Length == 0)
            return new StreamWindow(file, file);
        Span<byte> first = stackalloc byte[sizeof(uint)];
        int gotBytes = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        file.Position = 0;
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(first);
        if (gotBytes >= 2 && (ushort)magic == GzipMagic)
            return new StreamWindow(file, new GZipStream(new BufferedStream(file, ReadBufferBytes), CompressionMode.Decompress));
        if (gotBytes == sizeof(uint) && (magic == ZstdMagic || (magic & ~0xfu) == ZstdSkippableMagic))
            return new StreamWindow(file, OpenZstd(file));
        return new MappedWindow(file);
    }

    private static DecompressionStream OpenZstd(FileStream file)
    {
        var stream = new DecompressionStream(file, ReadBufferBytes, checkEndOfStream: true, leaveOpen: true);
        stream.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, MaxZstdWindowLog);
        return stream;
    }

    private static string Describe(byte* at, uint magic) => magic switch
    {
        0x34cd_b2a1 or 0xa1b2_cd34 => "pcap in a modified variant (Kuznetzov)",
        0x6f6f_6e73 => "a snoop capture",
        0xfd37_7a58 or 0x587a_37fd => "xz-compressed data",
        0x184d_2204 => "lz4-compressed data",
        0x0403_4b50 => "a zip archive",
        _ when (magic & 0xff_ffff) == 0x68_5a42 => "bzip2-compressed data",
        _ when (ushort)magic == GzipMagic => "gzip inside the compression (or on a pipe)",
        _ when magic == ZstdMagic => "zstd inside the compression (or on a pipe)",
        _ => $"bytes {at[0]:x2} {at[1]:x2} {at[2]:x2} {at[3]:x2}",
    };
}
