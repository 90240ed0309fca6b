using System.Security.Cryptography;
using System.Text;

namespace FeedHandler.Actors;

/// <summary>A hash of all final books that is equal exactly when their contents are, whatever the shards, the speed or the state.</summary>
public static class BooksDigest
{
    /// <summary>SHA-256 in lower-case hexadecimal, over one line of text per level and per resting order, in the order of <see cref="ResultsOrder"/>.</summary>
    public static string Compute(FeedResults results)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in results.OrderedLevels())
        {
            var channel = results.Channels[row.Channel];
            var price = PlainDecimal.Format(row.Price, channel.PriceExponent);
            Append(hash, $"L|{channel.Name}|{row.Instrument}|{(int)row.Book}|{(int)row.Side}|{row.Level}|{price}|{row.Quantity}|{row.Orders}\n");
        }

        foreach (var row in results.OrderedOrders())
        {
            var channel = results.Channels[row.Channel];
            var price = PlainDecimal.Format(row.Price, channel.PriceExponent);
            Append(hash, $"O|{channel.Name}|{row.Instrument}|{(int)row.Side}|{row.Position}|{row.OrderId}|{price}|{row.Quantity}|{row.Priority}\n");
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string line) => hash.AppendData(Encoding.UTF8.GetBytes(line));
}
