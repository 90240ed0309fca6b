using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>What looking ahead knows of an update of a book with dense order ids. A hint: when the update is applied, what is there may be another.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal unsafe struct DenseLookup
{
    public const int SizeBytes = 32;

    /// <summary>The update's instrument; the one that is none where the update is not to be looked up.</summary>
    public InstrumentRecord* Instrument;

    /// <summary>Place of the order's handle in the pages of the index.</summary>
    public uint* Place;

    /// <summary>The price where the update gives an order a place, else 0.</summary>
    public long Price;

    /// <summary>All bits where it gives an order a place.</summary>
    public uint Placed;

    /// <summary>The order that it names; 0: none.</summary>
    public uint Order;

    /// <summary>First step: the instrument.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskForBook(OrderStore orders, InstrumentRecord* instrument, MarketUpdate* update)
    {
        Instrument = instrument;
        var isPlaced = MboCore.IsPlaced(*update);
        Placed = (uint)-(int)Unsafe.As<bool, byte>(ref isPlaced);
        Price = update->Price & (int)Placed;
        InstrumentRecord.Ask(instrument);
        orders.Index.PrefetchTable(update->OrderId);
    }

    /// <summary>Second step: the place in the index, and the guess of the level.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskForPlaces(OrderStore orders, MarketUpdate* update)
    {
        var place = orders.Index.PlaceOf(update->OrderId, out _);
        Place = place;
        OrderStore.Ask(place);
        OrderStore.Ask(MboCore.GuessOf(InstrumentRecord.BookOf(Instrument), Price));
    }

    /// <summary>Third step: the order, and the level of a new place.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskForOrder(OrderStore orders)
    {
        var order = *Place;
        Order = order;
        orders.PrefetchOrder(order);
        orders.PrefetchLevel(*MboCore.GuessOf(InstrumentRecord.BookOf(Instrument), Price) & Placed);
    }

    /// <summary>Fourth step: the level that the order is at.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AskForLevel(OrderStore orders) => orders.PrefetchLevel(orders.Order(Order).Level);
}
