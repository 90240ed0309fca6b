using FeedHandler.Actors;

namespace FeedHandler.Simulation;

/// <summary>What runs have seen. A simulation that never saw a gap proves nothing about gaps.</summary>
public sealed class Sightings
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public long this[string name] => _counts.GetValueOrDefault(name);

    public void Add(string name, long count = 1)
    {
        if (count != 0) _counts[name] = _counts.GetValueOrDefault(name) + count;
    }

    public void Add(Sightings other)
    {
        foreach (var (name, count) in other._counts) Add(name, count);
    }

    internal void Add(StateReason reason, BookType book, BookState state) => Add(Name(reason, book, state));

    /// <summary>Name of a change of state, such as <c>ByPrice Gap -> Recovering</c>.</summary>
    public static string Name(StateReason reason, BookType book, BookState state) => $"{book} {reason} -> {state}";

    public override string ToString() => string.Join("\n", _counts.Select(pair => $"{pair.Value,14:N0}  {pair.Key}"));
}
