namespace FeedHandler.Codecs.Tests.Wire;

public class FrameParserFuzzTests
{
    private const int Seed = 20261123;

    // Lengths and types that sit on a boundary somewhere in the headers.
    private static readonly byte[] Interesting = [0, 1, 4, 6, 7, 8, 17, 19, 20, 27, 28, 0x45, 0x46, 0x4f, 0x60, 0x81, 0x88, 0xa8, 0x91, 0xff];

    [Fact]
    public void Two_million_mutated_frames_are_parsed_within_their_bounds()
    {
        int[] results = Fuzz(Seed, frames: 2_000_000, isCompared: false);
        foreach (FrameError error in Enum.GetValues<FrameError>())
            Assert.True(results[(int)error] > 100, $"{error} came {results[(int)error]} times: the mutations are too tame or too wild");
    }

    [Fact]
    public void Mutated_frames_give_what_a_naive_parser_gives() => Fuzz(Seed + 1, frames: 200_000, isCompared: true);

    private static int[] Fuzz(int seed, int frames, bool isCompared)
    {
        var random = new Random(seed);
        (LinkType Link, byte[] Bytes)[] seeds = Seeds();
        var results = new int[Enum.GetValues<FrameError>().Length];
        using var memory = new GuardedMemory(256);
        Span<byte> frame = stackalloc byte[256];
        for (int n = 0; n < frames; n++)
        {
            (LinkType link, byte[] bytes) = seeds[random.Next(seeds.Length)];
            bytes.CopyTo(frame);
            int length = Mutate(random, frame, bytes.Length);
            if (random.Next(50) == 0)
                link = (LinkType)random.Next(300);
            ReadOnlySpan<byte> placed = memory.PlaceAtEnd(frame[..length]);

            FrameError error = FrameParser.TryParse(link, placed, out UdpDatagram datagram);

            results[(int)error]++;
            bool isInside = datagram.PayloadOffset >= 0 && datagram.PayloadLength >= 0 && datagram.PayloadOffset + datagram.PayloadLength <= length;
            if (!isInside || (error != FrameError.None && !datagram.Equals(default(UdpDatagram))))
                Assert.Fail($"seed {seed} frame {n}: {error}, payload {datagram.PayloadOffset}+{datagram.PayloadLength} of {length}");
            if (isCompared && (NaiveFrameParser.Parse(link, placed, out UdpDatagram expected) != error || !expected.Equals(datagram)))
                Assert.Fail($"seed {seed} frame {n}: {link} {Convert.ToHexString(placed)} gives {error}, the naive parser {NaiveFrameParser.Parse(link, placed, out _)}");
        }

        return results;
    }

    private static int Mutate(Random random, Span<byte> frame, int length)
    {
        for (int mutations = random.Next(4); mutations > 0; mutations--)
        {
            switch (random.Next(4))
            {
                case 0:
                    frame[random.Next(length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    frame[random.Next(length)] = Interesting[random.Next(Interesting.Length)];
                    break;
                case 2:
                    length = 1 + random.Next(length);
                    break;
                default:
                    // Header bytes only, where one byte decides.
                    frame[random.Next(Math.Min(length, 50))] = (byte)random.Next(256);
                    break;
            }
        }

        return random.Next(100) == 0 ? 0 : length;
    }

    private static (LinkType Link, byte[] Bytes)[] Seeds()
    {
        var seeds = new List<(LinkType, byte[])>();
        foreach (LinkType link in new[] { LinkType.Ethernet, LinkType.LinuxSll, LinkType.LinuxSll2, LinkType.RawIp, LinkType.Ipv4 })
        {
            seeds.Add((link, new FrameBytes { Link = link }.Build()));
            seeds.Add((link, new FrameBytes { Link = link, OptionWords = 3, PaddingBytes = 6 }.Build()));
            seeds.Add((link, new FrameBytes { Link = link, TotalLength = 0, Payload = new byte[64] }.Build()));
            if (link is not (LinkType.RawIp or LinkType.Ipv4))
                seeds.Add((link, new FrameBytes { Link = link, Tags = [0x88a8, 0x8100] }.Build()));
        }

        return [.. seeds];
    }
}
