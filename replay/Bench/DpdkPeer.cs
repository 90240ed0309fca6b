using System.Diagnostics;
using System.Globalization;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>The sending end of a device between two processes: obeys the lines of its input, and ends with it.</summary>
/// <remarks>
/// It waits for room, so nothing is lost on its side; whatever the other end does, each order ends after a time. Orders:
/// <c>fill N</c> sends so many packets, <c>back N</c> has their numbers come again, <c>flow MS</c> sends for so long. Each is
/// answered by the packets that the device took.
/// </remarks>
internal sealed unsafe class DpdkPeer : IDisposable
{
    /// <summary>What every answer starts with: other lines are somebody else's.</summary>
    public const string Mark = "peer ";

    /// <summary>CPU of the receiving end, as testpmd has it; the sending end has the one before. Two that spin on one CPU would take turns.</summary>
    public const int ReceivingCpu = 1;

    private static readonly TimeSpan FillTime = TimeSpan.FromSeconds(10);

    private readonly OneUpdatePackets _packets = new();
    private readonly DpdkSource _device;

    public DpdkPeer(string device) => _device = new DpdkSource([], new DpdkOptions { Device = device, Memory = DpdkMemory.Ordinary });

    /// <summary>Binds the calling thread, where the machine has the CPU and lets us have it.</summary>
    public static void TakeCpu(int cpu)
    {
        try
        {
            CpuAffinity.Pin(cpu);
        }
        catch (TransportException)
        {
            // The scheduler decides then.
        }
    }

    public void Obey(TextReader orders, TextWriter answers)
    {
        TakeCpu(ReceivingCpu - 1);
        Answer(answers, 0);
        while (orders.ReadLine() is { } order)
        {
            var words = order.Split(' ');
            if (words.Length != 2 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return;
            switch (words[0])
            {
                case "fill":
                    Answer(answers, Send(number, FillTime));
                    break;
                case "flow":
                    Answer(answers, Send(long.MaxValue, TimeSpan.FromMilliseconds(number)));
                    break;
                case "back":
                    _packets.TakeBack(number);
                    Answer(answers, number);
                    break;
                default:
                    return;
            }
        }
    }

    public void Dispose()
    {
        _device.Dispose();
        _packets.Dispose();
    }

    private static void Answer(TextWriter to, long number)
    {
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Mark}{number}"));
        to.Flush();
    }

    private long Send(long packets, TimeSpan atMost)
    {
        var data = stackalloc void*[OneUpdatePackets.Count];
        var lengths = stackalloc int[OneUpdatePackets.Count];
        var watch = Stopwatch.StartNew();
        long sent = 0;
        while (sent < packets && watch.Elapsed < atMost)
        {
            var frames = _packets.Next((int)Math.Min(packets - sent, OneUpdatePackets.Count));
            for (var i = 0; i < frames.Length; i++)
            {
                data[i] = frames[i].Data;
                lengths[i] = frames[i].Length;
            }

            var done = 0;
            while (done < frames.Length && watch.Elapsed < atMost) done += _device.Port.Send(data + done, lengths + done, frames.Length - done);

            // What found no room was never on its way: its numbers come again.
            _packets.TakeBack(frames.Length - done);
            sent += done;
        }

        return sent;
    }
}

/// <summary>A <see cref="DpdkPeer"/> in a process of its own, which ends with this object.</summary>
internal sealed class DpdkPeerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    /// <summary>Starts it; its device is open then.</summary>
    /// <exception cref="TransportException">It does not start, or its device does not open; the message has its words.</exception>
    public DpdkPeerProcess(string device)
    {
        var own = Path.Combine(AppContext.BaseDirectory, "replay");
        var start = new ProcessStartInfo(File.Exists(own) ? own : "dotnet") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (!File.Exists(own)) start.ArgumentList.Add(own + ".dll");
        foreach (var argument in (string[])["bench", "transport-peer", device]) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        try
        {
            _ = Answer();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Puts packets into the device.</summary>
    public void Fill(int packets)
    {
        if (Ask($"fill {packets}") != packets) throw new InvalidOperationException("the device between the processes has no room");
    }

    /// <summary>The last packets' numbers come again.</summary>
    public void TakeBack(int packets) => Ask($"back {packets}");

    /// <summary>Sends at full speed for a while.</summary>
    /// <returns>Packets that the device took.</returns>
    public long Flow(TimeSpan duration) => Ask($"flow {(long)duration.TotalMilliseconds}");

    /// <summary>The same without waiting for the end.</summary>
    public void BeginFlow(TimeSpan duration) => _process.StandardInput.WriteLine($"flow {(long)duration.TotalMilliseconds}");

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(3))) _process.Kill();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended by itself.
        }

        _process.Dispose();
    }

    private long Ask(string order)
    {
        _process.StandardInput.WriteLine(order);
        return Answer();
    }

    private long Answer()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var line = ReadLine(patience.Token);
            if (line.StartsWith(DpdkPeer.Mark, StringComparison.Ordinal)) return long.Parse(line[DpdkPeer.Mark.Length..], CultureInfo.InvariantCulture);
        }
    }

    private string ReadLine(CancellationToken patience)
    {
        try
        {
            return _process.StandardOutput.ReadLineAsync(patience).AsTask().GetAwaiter().GetResult()
                ?? throw new TransportException("bench: the other process", _process.StandardError.ReadToEnd().Trim());
        }
        catch (OperationCanceledException e)
        {
            throw new TransportException("bench: the other process", $"says nothing for {Patience.TotalSeconds:N0} s", "", e);
        }
    }
}
