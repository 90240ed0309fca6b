namespace FeedHandler.Transport;

/// <summary>Guesses which known name a mistyped one was meant to be.</summary>
internal static class NearestName
{
    /// <summary>The known name with the fewest edits from <paramref name="typed"/>, or null when none is near.</summary>
    public static string? Find(string typed, IEnumerable<string> known)
    {
        var best = known.Select(name => (name, edits: Edits(typed, name))).OrderBy(pair => pair.edits).FirstOrDefault();
        return best.name is not null && best.edits <= Math.Max(1, best.name.Length / 3) ? best.name : null;
    }

    // Levenshtein's distance, ignoring case.
    private static int Edits(string from, string to)
    {
        if (from.Length > 64) return int.MaxValue;
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var same = char.ToLowerInvariant(from[i - 1]) == char.ToLowerInvariant(to[j - 1]);
                var edits = Math.Min(diagonal + (same ? 0 : 1), Math.Min(row[j], row[j - 1]) + 1);
                diagonal = row[j];
                row[j] = edits;
            }
        }

        return row[^1];
    }
}
