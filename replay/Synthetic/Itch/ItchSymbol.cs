using System.Text;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic.Itch;

/// <summary>One stock of the synthetic market: shares and orders by tick.</summary>
public sealed class ItchSymbol
{
    private const int Middle = ItchMarket.GridTicks / 2;

    private readonly int _basePrice;
    private readonly Half _bids = new();
    private readonly Half _asks = new();
    private int _centre = Middle;

    public ItchSymbol(ushort locate, string name, int basePrice)
    {
        Locate = locate;
        Name = name;
        Text = Encoding.ASCII.GetBytes(name.PadRight(8));
        _basePrice = basePrice;
        _bids.Best = -1;
        _asks.Best = ItchMarket.GridTicks;
    }

    private sealed class Half
    {
        public readonly long[] Shares = new long[ItchMarket.GridTicks];
        public readonly int[] Orders = new int[ItchMarket.GridTicks];
        public int Best;
    }

    public ushort Locate { get; }

    public string Name { get; }

    /// <summary>The name in eight characters.</summary>
    public byte[] Text { get; }

    public long LastSequence { get; set; }

    public int Trades { get; private set; }

    public long TradeVolume { get; private set; }

    public uint PriceAt(int tick) => (uint)(_basePrice + (100 * tick));

    /// <summary>Best tick of a side, and its shares; 0 shares where the side is empty.</summary>
    public (int Tick, long Shares) Best(BookSide side)
    {
        var half = side == BookSide.Bid ? _bids : _asks;
        return half.Best is >= 0 and < ItchMarket.GridTicks ? (half.Best, half.Shares[half.Best]) : (0, 0);
    }

    /// <summary>Levels of a side, best first.</summary>
    public IEnumerable<(int Tick, long Shares, int Orders)> Levels(BookSide side)
    {
        var half = side == BookSide.Bid ? _bids : _asks;
        var step = side == BookSide.Bid ? -1 : 1;
        for (var tick = half.Best; tick is >= 0 and < ItchMarket.GridTicks; tick += step)
        {
            if (half.Orders[tick] != 0) yield return (tick, half.Shares[tick], half.Orders[tick]);
        }
    }

    /// <summary>A price that does not cross: near the touch mostly, sometimes far away.</summary>
    public int PickTick(BookSide side, SeededRandom random)
    {
        if (random.Next(64) == 0) _centre = Math.Clamp(_centre + random.Next(-3, 4), Middle - 128, Middle + 128);
        var depth = Math.Min(random.Next(64), random.Next(64));
        if (random.Next(32) == 0) depth += random.Next(256);
        return side == BookSide.Bid
            ? Math.Max(Math.Min(_centre - depth, _asks.Best - 1), 0)
            : Math.Min(Math.Max(_centre + 1 + depth, _bids.Best + 1), ItchMarket.GridTicks - 1);
    }

    public void Add(in ItchOrder order)
    {
        var half = order.Side == BookSide.Bid ? _bids : _asks;
        half.Shares[order.Tick] += order.Shares;
        half.Orders[order.Tick]++;
        if (order.Side == BookSide.Bid ? order.Tick > half.Best : order.Tick < half.Best) half.Best = order.Tick;
    }

    public void Reduce(in ItchOrder order, uint shares) => (order.Side == BookSide.Bid ? _bids : _asks).Shares[order.Tick] -= shares;

    public void Remove(in ItchOrder order, uint shares)
    {
        var half = order.Side == BookSide.Bid ? _bids : _asks;
        half.Shares[order.Tick] -= shares;
        half.Orders[order.Tick]--;
        var step = order.Side == BookSide.Bid ? -1 : 1;
        while (half.Best is >= 0 and < ItchMarket.GridTicks && half.Orders[half.Best] == 0) half.Best += step;
    }

    public void Trade(uint shares)
    {
        Trades++;
        TradeVolume += shares;
    }
}
