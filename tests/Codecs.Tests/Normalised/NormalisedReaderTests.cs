using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FeedHandler.Codecs.Tests.Normalised;

/// <summary>The bytes of our own protocol as a program that knows nothing of .NET reads them.</summary>
public sealed class NormalisedReaderTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Normalised");

    [Fact]
    public void Cpp_reader_prints_every_value_that_the_generated_writers_wrote()
    {
        var folder = Directory.CreateTempSubdirectory("normalised-").FullName;
        try
        {
            var messages = Path.Combine(folder, "messages.sbe");
            var reader = Path.Combine(folder, "reader");
            var bytes = new byte[4096];
            File.WriteAllBytes(messages, bytes[..NormalisedExample.WriteAll(bytes)]);
            Run("g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", Path.Combine(Folder, "reader.cpp"), "-o", reader);
            Assert.Equal(NormalisedExample.Text, Run(reader, messages), ignoreLineEndingDifferences: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Documentation_shows_the_bytes_that_are_written()
    {
        var bytes = new byte[256];
        var length = NormalisedExample.WriteBookUpdate(bytes);
        var lines = bytes.Take(length).Chunk(16).Select((row, i) =>
            string.Create(CultureInfo.InvariantCulture, $"{i * 16:x4}  {string.Join(' ', row.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)))}"));
        Assert.Contains(string.Join('\n', lines), File.ReadAllText(Path.Combine(Folder, "normalised-protocol.md")), StringComparison.Ordinal);
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} failed\n{output}\n{error.Result}");
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Fail($"{program} is not here; install it (apt-get install g++)");
            throw;
        }
    }
}
