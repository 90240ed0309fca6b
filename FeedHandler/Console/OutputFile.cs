using System.Text;

namespace FeedHandler.Cli;

/// <summary>An output file that was proved writable before the work starts, and is written when it is done.</summary>
/// <remarks>What the file held before stays until then; a file that was created for nothing is removed again.</remarks>
internal sealed class OutputFile : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly FileStream _stream;
    private readonly bool _created;
    private readonly bool _isDevice;
    private bool _written;

    private OutputFile(FileStream stream, bool created, bool isDevice) => (_stream, _created, _isDevice) = (stream, created, isDevice);

    public static OutputFile Open(string option, string path)
    {
        try
        {
            if (Directory.Exists(path)) throw new UsageException($"{option}: {path} is a directory; name a file");
            var created = !File.Exists(path);
            var isDevice = IsDevice(path);
            var mode = isDevice ? FileMode.Append : FileMode.OpenOrCreate;
            return new OutputFile(new FileStream(path, mode, FileAccess.Write, FileShare.Read, BufferBytes), created, isDevice);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{option}: {path} cannot be written: {e.Message}");
        }
    }

    /// <summary>Whether the path stands for something else, such as /dev/stdout: it is added to, and has no length to set.</summary>
    public static bool IsDevice(string path) => path.StartsWith("/dev/", StringComparison.Ordinal);

    public void Write(Action<TextWriter> body)
    {
        if (!_isDevice) _stream.SetLength(0);
        using (var writer = new StreamWriter(_stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferBytes, leaveOpen: true))
        {
            body(writer);
        }

        _stream.Flush();
        _written = true;
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (_created && !_written) File.Delete(_stream.Name);
    }
}
