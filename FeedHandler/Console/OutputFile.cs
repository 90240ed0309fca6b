using System.Text;

namespace FeedHandler.Cli;

/// <summary>An output file that was proved writable before the work starts, and is written when it is done.</summary>
/// <remarks>What the file held before stays until then; a file that was created for nothing is removed again.</remarks>
internal sealed class OutputFile : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly FileStream _stream;
    private readonly bool _created;
    private bool _written;

    private OutputFile(FileStream stream, bool created) => (_stream, _created) = (stream, created);

    public static OutputFile Open(string option, string path)
    {
        try
        {
            if (Directory.Exists(path)) throw new UsageException($"{option}: {path} is a directory; name a file");
            var created = !File.Exists(path);
            return new OutputFile(
                new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, BufferBytes), created);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{option}: {path} cannot be written: {e.Message}");
        }
    }

    public void Write(Action<TextWriter> body)
    {
        // A device such as /dev/stdout has no length to set.
        if (_stream.CanSeek) _stream.SetLength(0);
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
