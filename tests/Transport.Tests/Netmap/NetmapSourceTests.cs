using System.Globalization;
using FeedHandler.Codecs;

namespace FeedHandler.Transport.Tests.Netmap;

/// <summary>The netmap source against memory of the documented layout; the real device needs its kernel module.</summary>
public sealed unsafe class NetmapSourceTests : IDisposable
{
    private static readonly NetmapOptions Options = new() { Port = "fake{1" };

    private readonly FakeNetmapPort _port = new();

    public void Dispose() => _port.Dispose();

    [Fact]
    public void Frames_come_in_place_and_in_order_over_many_rounds()
    {
        using var source = new NetmapSource(_port, Options);
        var frames = new Frame[5];
        var random = new Random(1);
        var next = 0;
        var expected = 0;
        while (expected < 500)
        {
            for (var n = random.Next(0, 12); n > 0; n--) _port.Arrive(Content(next++));
            var count = source.Poll(frames);
            for (var i = 0; i < count; i++)
            {
                Assert.Equal(Content(expected++), new ReadOnlySpan<byte>(frames[i].Data, frames[i].Length).ToArray());
                Assert.Equal(LinkType.Ethernet, frames[i].Link);
                Assert.InRange((ulong)(frames[i].Data - _port.Memory), 0UL, _port.MemoryBytes - 1);
            }
        }
    }

    [Fact]
    public void Slots_go_back_at_the_poll_after_the_one_that_gave_their_frames()
    {
        using var source = new NetmapSource(_port, Options);
        for (var n = 0; n < 3; n++) _port.Arrive(Content(n));
        Assert.Equal(3, source.Poll(new Frame[8]));
        _port.SyncReceive();
        Assert.Equal(0u, _port.Freed());
        Assert.Equal(0, source.Poll(new Frame[8]));
        Assert.Equal(3u, _port.Freed());
    }

    [Fact]
    public void Kernel_is_asked_only_when_the_ring_is_empty()
    {
        using var source = new NetmapSource(_port, Options);
        for (var n = 0; n < 6; n++) _port.Arrive(Content(n));
        for (var n = 0; n < 6; n++) Assert.Equal(1, source.Poll(new Frame[1]));
        Assert.Equal(1, _port.Syncs);
    }

    [Fact]
    public void All_receive_rings_of_a_port_are_read_or_the_one_asked_for()
    {
        using var port = new FakeNetmapPort(rxRings: 3);
        using var all = new NetmapSource(port, Options);
        for (var ring = 0; ring < 3; ring++) port.Arrive(Content(ring), ring);
        var frames = new Frame[8];
        Assert.Equal(3, all.Poll(frames));
        Assert.Equal(["frame 0", "frame 1", "frame 2"], frames[..3].Select(frame => System.Text.Encoding.UTF8.GetString(frame.Data, frame.Length)).Order(StringComparer.Ordinal));

        using var second = new FakeNetmapPort(rxRings: 3);
        using var one = new NetmapSource(second, Options with { Ring = 1 });
        for (var ring = 0; ring < 3; ring++) second.Arrive(Content(ring), ring);
        Assert.Equal(1, one.Poll(frames));
        Assert.Equal(Content(1), new ReadOnlySpan<byte>(frames[0].Data, frames[0].Length).ToArray());
    }

    [Fact]
    public void Lengths_and_buffers_outside_of_the_memory_are_empty_frames()
    {
        using var source = new NetmapSource(_port, Options);
        for (var n = 0; n < 3; n++) _port.Arrive(Content(n));
        _port.SyncReceive();
        _port.Slot(0, 0)->Bytes = FakeNetmapPort.BufferBytes + 1;
        _port.Slot(0, 1)->Buffer = FakeNetmapPort.Slots;
        var frames = new Frame[3];
        Assert.Equal(3, source.Poll(frames));
        Assert.Equal([0, 0, 7], frames.Select(frame => frame.Length));
    }

    [Fact]
    public void Memory_that_holds_no_such_ring_is_refused_and_closed()
    {
        _port.Ring(0)->Slots = 1 << 20;
        var error = Assert.Throws<TransportException>(() => new NetmapSource(_port, Options));
        Assert.Contains("1048576 slots", error.Message, StringComparison.Ordinal);
        Assert.True(_port.IsDisposed);
    }

    [Fact]
    public void Without_the_module_the_message_says_how_to_get_it()
    {
        if (File.Exists("/dev/netmap"))
        {
            using var source = new NetmapSource([], new NetmapOptions { Port = "feedhandler}1" });
            Assert.Equal(0, source.Poll(new Frame[1]));
            return;
        }

        var error = Assert.Throws<TransportException>(() => new NetmapSource([], Options));
        Assert.Contains("sudo modprobe netmap", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Content(int number) => System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"frame {number}"));
}
