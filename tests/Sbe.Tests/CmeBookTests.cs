using System.Buffers.Binary;
using FeedHandler.Codecs.Cme.Mdp3.Schema;

namespace FeedHandler.Sbe.Tests;

/// <summary>The generated reader and writer of one real message: CME's book by price.</summary>
public sealed class CmeBookTests
{
    private const int Version = MDIncrementalRefreshBook46.SchemaVersion;

    [Fact]
    public void Written_fields_are_read_in_any_order()
    {
        Span<byte> bytes = stackalloc byte[256];
        bytes.Fill(0xEE);
        var length = Write(bytes);

        Assert.Equal(SbeError.None, MDIncrementalRefreshBook46.TryWrap(bytes[..length], 11, Version, out var message));
        Assert.Equal(length, message.EncodedLength);
        Assert.Equal(2, message.NoOrderIDEntries.Count);
        Assert.Equal(77UL, message.NoOrderIDEntries[1].OrderID);
        Assert.Equal(2, message.NoOrderIDEntries[1].ReferenceID);
        Assert.Equal(123456789UL, message.TransactTime);
        Assert.Equal(MatchEventIndicator.EndOfEvent | MatchEventIndicator.LastQuoteMsg, message.MatchEventIndicator);

        var index = 0;
        foreach (var entry in message.NoMDEntries)
        {
            Assert.Equal(1_000_000_000L * index, entry.MDEntryPx.Mantissa);
            Assert.Equal(-9, entry.MDEntryPx.Exponent);
            Assert.Equal(100 + index, entry.MDEntrySize);
            Assert.Equal(MDEntryTypeBook.Offer, entry.MDEntryType);
            Assert.True(entry.IsTradeableSizeNull);
            Assert.True(entry.HasTradeableSize);
            index++;
        }

        Assert.Equal(3, index);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        Span<byte> bytes = stackalloc byte[256];
        var length = Write(bytes);
        for (var cut = 0; cut < length; cut++)
        {
            Assert.NotEqual(SbeError.None, MDIncrementalRefreshBook46.TryWrap(bytes[..cut], 11, Version, out _));
        }
    }

    [Theory]
    [InlineData(0, 13, SbeError.GroupBlockTooShort)]
    [InlineData(26, 9, SbeError.GroupBlockTooShort)]
    [InlineData(30, 13, SbeError.GroupBlockTooShort)]
    [InlineData(30, 9, SbeError.None)]
    [InlineData(40, 13, SbeError.TruncatedGroup)]
    public void Entry_length_is_checked_against_the_wires_version(ushort entryLength, int version, SbeError expected)
    {
        var bytes = new byte[11 + 3 + 96 + 8];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(11), entryLength);
        bytes[13] = 3;
        Assert.Equal(expected, MDIncrementalRefreshBook46.TryWrap(bytes, 11, version, out _));
    }

    [Fact]
    public void Older_version_reads_newer_fields_as_null_and_newer_groups_as_empty()
    {
        var bytes = new byte[11 + 3 + 32];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(11), 32);
        bytes[13] = 1;
        bytes.AsSpan(14).Fill(1);

        Assert.Equal(SbeError.None, MDIncrementalRefreshBook32.TryWrap(bytes, 11, 5, out var message));
        Assert.Equal(0, message.NoOrderIDEntries.Count);
        foreach (var _ in message.NoOrderIDEntries)
        {
            Assert.Fail("There is no such group in version 5");
        }

        Assert.Equal(-7, message.NoMDEntries[0].MDEntryPx.Exponent);
        Assert.Equal(SbeError.TruncatedGroup, MDIncrementalRefreshBook32.TryWrap(bytes, 11, 8, out _));
    }

    [Fact]
    public void Longer_blocks_of_a_newer_version_are_stepped_over()
    {
        var bytes = new byte[20 + 3 + (2 * 50) + 8];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(20), 50);
        bytes[22] = 2;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(23 + 50 + 12), 4711);
        Assert.Equal(SbeError.None, MDIncrementalRefreshBook46.TryWrap(bytes, 20, 99, out var message));
        Assert.Equal(4711, message.NoMDEntries[1].SecurityID);
    }

    [Fact]
    public void Groups_are_written_once_and_in_order()
    {
        Span<byte> bytes = stackalloc byte[64];
        Assert.Equal(SbeError.NoSpace, MDIncrementalRefreshBook46Writer.TryBegin(bytes[..10], out _));
        Assert.Equal(SbeError.None, MDIncrementalRefreshBook46Writer.TryBegin(bytes, out var writer));
        Assert.Equal(SbeError.OutOfOrder, writer.TryAddNoOrderIDEntries(1, out _));
        Assert.Equal(SbeError.NoSpace, writer.TryAddNoMDEntries(2, out _));
        Assert.Equal(SbeError.TooLarge, writer.TryAddNoMDEntries(256, out _));
        Assert.Equal(SbeError.OutOfOrder, writer.TryFinish(out _));
        Assert.Equal(SbeError.None, writer.TryAddNoMDEntries(0, out _));
        Assert.Equal(SbeError.OutOfOrder, writer.TryAddNoMDEntries(0, out _));
        Assert.Equal(SbeError.None, writer.TryAddNoOrderIDEntries(0, out _));
        Assert.Equal(SbeError.None, writer.TryFinish(out var length));
        Assert.Equal(11 + 3 + 8, length);
    }

    private static int Write(Span<byte> bytes)
    {
        Assert.Equal(SbeError.None, MDIncrementalRefreshBook46Writer.TryBegin(bytes, out var writer));
        writer.SetTransactTime(123456789);
        writer.SetMatchEventIndicator(MatchEventIndicator.EndOfEvent | MatchEventIndicator.LastQuoteMsg);
        Assert.Equal(SbeError.None, writer.TryAddNoMDEntries(3, out var entries));
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            entry.SetMDEntryPx(1_000_000_000L * i);
            entry.SetMDEntrySize(100 + i);
            entry.SetMDEntryType(MDEntryTypeBook.Offer);
        }

        Assert.Equal(SbeError.None, writer.TryAddNoOrderIDEntries(2, out var orders));
        orders[1].SetOrderID(77);
        orders[1].SetReferenceID(2);
        Assert.Equal(SbeError.None, writer.TryFinish(out var length));
        return length;
    }
}
