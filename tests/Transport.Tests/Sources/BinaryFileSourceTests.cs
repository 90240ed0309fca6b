using System.Buffers.Binary;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Transport.Tests.Sources;

public sealed class BinaryFileSourceTests : IDisposable
{
    private readonly CaptureFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Unknown_type_in_a_file_with_lengths_is_given_like_any_other()
    {
        byte[] file = [.. Message('S', 12), .. Message('z', 7), .. Message('D', 19), 0, 0];
        Assert.Equal("SzD", Types(file, out CaptureException? failure));
        Assert.Null(failure);
    }

    [Fact]
    public void Unknown_type_in_a_file_without_lengths_is_told_with_its_place()
    {
        byte[] file = [.. WithoutLength('S'), .. WithoutLength('D'), .. WithoutLength('z', 12), .. WithoutLength('D')];
        Assert.Equal("SD", Types(file, out CaptureException? failure));
        Assert.Equal(2 + 12 + 2 + 19, failure!.Offset);
        Assert.StartsWith("message of type 0x7a 'z', which is not known", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void File_without_lengths_may_end_with_an_empty_one()
    {
        byte[] file = [.. WithoutLength('S'), .. WithoutLength('D')];
        Assert.Equal("SD", Types([.. file, 0, 0], out CaptureException? failure));
        Assert.Null(failure);
        Assert.Equal("SD", Types([.. file, 0], out failure));
        Assert.Equal("message cut: 1 bytes are left", failure!.Reason);
    }

    [Fact]
    public void Compressed_raw_file_that_is_cut_gives_what_can_be_unpacked()
    {
        var random = new Random(3);
        var bytes = new List<byte>();
        for (int n = 0; n < 2000; n++)
        {
            byte[] message = Message('z', 300);
            random.NextBytes(message.AsSpan(13));
            bytes.AddRange(message);
        }

        byte[] packed = CaptureFiles.Gzip([.. bytes]);
        int got = Types(packed[..(packed.Length / 2)], out CaptureException? failure).Length;
        Assert.StartsWith("compressed data cut or corrupt", failure!.Reason, StringComparison.Ordinal);
        Assert.InRange(got, 800, 1001);
    }

    private static byte[] Message(char type, int length)
    {
        var message = new byte[MoldPacket.LengthBytes + length];
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)length);
        message[MoldPacket.LengthBytes] = (byte)type;
        return message;
    }

    private static byte[] WithoutLength(char type, int length = 0)
    {
        byte[] message = Message(type, length == 0 ? Itch5.LengthOf((byte)type) : length);
        message[0] = message[1] = 0;
        return message;
    }

    /// <summary>The types of all messages, in order.</summary>
    private string Types(byte[] file, out CaptureException? failure)
    {
        using BinaryFileSource source = BinaryFileSource.Open(_files.Write(file));
        string types = "";
        foreach (Got packet in CaptureFiles.ReadAll(source, out failure))
        {
            ReadOnlySpan<byte> rest = Convert.FromHexString(packet.Hex).AsSpan(MoldPacket.HeaderBytes);
            while (!rest.IsEmpty)
            {
                types += (char)rest[MoldPacket.LengthBytes];
                rest = rest[(MoldPacket.LengthBytes + BinaryPrimitives.ReadUInt16BigEndian(rest))..];
            }
        }

        return types;
    }
}
