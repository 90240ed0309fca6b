namespace FeedHandler.Sbe.Tests;

/// <summary>Groups in groups, text and nested composites, by the SBE tool's example.</summary>
public sealed class CarTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var bytes = new byte[512];
        bytes.AsSpan().Fill(0xEE);
        var length = CarExample.Write(bytes);
        Assert.Equal(207, length);
        CarExample.Verify(bytes.AsSpan(0, length));
    }

    [Fact]
    public void A_missing_entry_is_noticed_by_whatever_comes_next()
    {
        var bytes = new byte[512];
        Assert.Equal(SbeError.None, Cars.CarWriter.TryBegin(bytes, out var car));
        Assert.Equal(SbeError.OutOfOrder, car.TryAddModel("x"u8));
        Assert.Equal(SbeError.None, car.TryAddFuelFigures(2, out var fuel));
        Assert.Equal(SbeError.None, fuel.TryNext());
        Assert.Equal(SbeError.OutOfOrder, fuel.TryNext());
        Assert.Equal(SbeError.None, fuel.TryAddUsageDescription("x"u8));
        Assert.Equal(SbeError.OutOfOrder, car.TryAddPerformanceFigures(0, out _));
        Assert.Equal(SbeError.None, fuel.TryNext());
        Assert.Equal(SbeError.None, fuel.TryAddUsageDescription(default));
        Assert.Equal(SbeError.None, car.TryAddPerformanceFigures(0, out _));
        Assert.Equal(SbeError.None, car.TryAddManufacturer(default));
        Assert.Equal(SbeError.None, car.TryAddModel(default));
        Assert.Equal(SbeError.OutOfOrder, car.TryFinish(out _));
        Assert.Equal(SbeError.None, car.TryAddActivationCode(default));
        Assert.Equal(SbeError.None, car.TryFinish(out _));
    }
}
