using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Where a price's level was last: a table of each book, by ticks, that may be wrong.</content>
/// <remarks>
/// So a level is mostly found without the prices of its side. Neighbouring prices lie side by side and only those that are as
/// many ticks apart as the table is long share a place. The level itself says whether the guess was right, so nothing has to
/// be removed. The tick is the greatest common divisor of the prices seen.
/// </remarks>
internal readonly unsafe partial struct MboCore
{
    /// <summary>The level that had this price when it was last noted, or any other: the caller checks.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint* GuessOf(BookHeader* book, long price) =>
        book->Guesses + (Upper((ulong)price, book->PerTick) & book->GuessMask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Upper(ulong a, ulong b) => (uint)(Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(a, b) : Math.BigMul(a, b, out _));

    /// <summary>Notes where a new price is.</summary>
    [HotPath]
    private void NoteLevel(long price, uint level)
    {
        if (_header->Tick == 0 || Magnitude(price) % _header->Tick != 0) Refine(price);
        // As many places as levels are enough: most of them are neighbours.
        if (Half(BookSide.Bid).Count + Half(BookSide.Ask).Count > _header->GuessMask) Enlarge();
        *GuessOf(_header, price) = level;
    }

    /// <summary>A price that is no multiple of the tick: the tick is smaller.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Refine(long price)
    {
        var (divisor, rest) = (Magnitude(price), _header->Tick);
        while (rest != 0) (divisor, rest) = (rest, divisor % rest);
        _header->Tick = divisor;
        _header->PerTick = divisor == 0 ? 0 : ulong.MaxValue / divisor;
        NoteAll();
    }

    /// <summary>Twice as many places; as many as there are where no memory is left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Enlarge()
    {
        var block = _store.TakeBlock(_header->GuessSize + 1);
        if (block == null) return;
        _store.GiveBlock((byte*)_header->Guesses, _header->GuessSize);
        SetGuesses(_header, (uint*)block, _header->GuessSize + 1);
        NoteAll();
    }

    /// <summary>Gives a book an empty table.</summary>
    internal static void SetGuesses(BookHeader* book, uint* block, int size)
    {
        book->Guesses = block;
        book->GuessSize = size;
        book->GuessMask = (uint)(BlockArena.SmallestBytes << size) / sizeof(uint) - 1;
        new Span<uint>(block, (int)book->GuessMask + 1).Clear();
    }

    private void NoteAll()
    {
        foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
        {
            ref var half = ref Half(side);
            for (var i = 0; i < half.Count; i++) *GuessOf(_header, PriceOf(half.Keys[i], side)) = half.Levels[i];
        }
    }

    private static ulong Magnitude(long price) => (ulong)(price < 0 ? -price : price);
}
