using System.Runtime.InteropServices;
using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Export;

/// <summary>Best bids and asks of a run, in one order whatever the number of shards.</summary>
/// <remarks>
/// Each shard appends its rows to a file of its own, which vanishes when closed; <see cref="WriteTo"/> merges them by
/// packet and sorts the rows of a packet by channel and instrument. Memory does not grow with the run.
/// </remarks>
internal sealed class BboCsv : IBboSink, IDisposable
{
    public const string Header = "channel,packet_sequence,instrument,bid_price,bid_quantity,ask_price,ask_quantity";

    private readonly List<Spill> _shards = [];
    private readonly Lock _lock = new();

    public IBboWriter OpenShard(int shard)
    {
        var spill = new Spill();
        lock (_lock) _shards.Add(spill);
        return spill;
    }

    /// <summary>Writes everything, after the run has completed.</summary>
    public void WriteTo(TextWriter writer, IReadOnlyList<ChannelResult> channels)
    {
        writer.Write(Header + '\n');
        var csv = new CsvRow(writer);
        var open = _shards.FindAll(shard => shard.Rewind());
        var packet = new List<BboRow>();
        while (open.Count > 0)
        {
            var position = open.Min(shard => shard.Current.Position);
            packet.Clear();
            for (var i = open.Count - 1; i >= 0; i--)
            {
                while (open[i].Current.Position == position)
                {
                    packet.Add(open[i].Current);
                    if (open[i].MoveNext()) continue;
                    open.RemoveAt(i);
                    break;
                }
            }

            packet.Sort(static (x, y) => (x.Channel, x.Instrument).CompareTo((y.Channel, y.Instrument)));
            foreach (var row in packet) Write(csv, row, channels[row.Channel]);
        }
    }

    public void Dispose() => _shards.ForEach(shard => shard.Dispose());

    private static void Write(CsvRow csv, in BboRow row, ChannelResult channel)
    {
        csv.Text(channel.Name).Number(row.PacketSequence).Number(row.Instrument);
        Side(csv, row.BidPrice, row.BidQuantity, channel.PriceExponent);
        Side(csv, row.AskPrice, row.AskQuantity, channel.PriceExponent);
        csv.End();
    }

    private static void Side(CsvRow csv, long price, long quantity, int exponent)
    {
        csv.Price(price, exponent);
        if (price == MarketUpdate.NullPrice) csv.Empty();
        else csv.Number(quantity);
    }

    private sealed class Spill : IBboWriter, IDisposable
    {
        private const int BufferBytes = 1 << 16;

        private readonly FileStream _file = new(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None,
            BufferBytes, FileOptions.DeleteOnClose);

        private BboRow _current;

        public ref readonly BboRow Current => ref _current;

        public void Write(in BboRow row) => _file.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<BboRow>(in row)));

        public bool Rewind()
        {
            _file.Position = 0;
            return MoveNext();
        }

        public bool MoveNext()
        {
            var bytes = MemoryMarshal.AsBytes(new Span<BboRow>(ref _current));
            return _file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
        }

        public void Dispose() => _file.Dispose();
    }
}
