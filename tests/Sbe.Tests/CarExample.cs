using Cars;
using FeedHandler.Sbe;

namespace FeedHandler.Sbe.Tests;

/// <summary>The example message of the SBE tool: its values, written and read with generated code.</summary>
internal static class CarExample
{
    public const int HeaderLength = SchemaInfo.HeaderLength;

    private static readonly uint[] Numbers = [1, 2, 3, 4];

    /// <summary>Writes header and message; returns their length.</summary>
    public static int Write(Span<byte> buffer) => Write(buffer, Numbers);

    /// <summary>Writes header and message with other numbers; returns their length.</summary>
    public static int Write(Span<byte> buffer, ReadOnlySpan<uint> someNumbers)
    {
        Check(Car.TryWriteHeader(buffer));
        Check(CarWriter.TryBegin(buffer[HeaderLength..], out var car));
        car.SetSerialNumber(1234);
        car.SetModelYear(2013);
        car.SetAvailable(BooleanType.T);
        car.SetCode(Model.A);
        car.SetSomeNumbers(someNumbers);
        car.SetVehicleCode("abcdef"u8);
        car.SetExtras(OptionalExtras.SportsPack | OptionalExtras.CruiseControl);
        var engine = car.Engine;
        engine.SetCapacity(2000);
        engine.SetNumCylinders(4);
        engine.SetManufacturerCode("123"u8);
        engine.SetEfficiency(35);
        engine.SetBoosterEnabled(BooleanType.T);
        engine.Booster.SetBoostType(BoosterBoostType.NITROUS);
        engine.Booster.SetHorsePower(200);

        Check(car.TryAddFuelFigures(3, out var fuel));
        AddFuel(ref fuel, 30, 35.9f, "Urban Cycle"u8);
        AddFuel(ref fuel, 55, 49.0f, "Combined Cycle"u8);
        AddFuel(ref fuel, 75, 40.0f, "Highway Cycle"u8);

        Check(car.TryAddPerformanceFigures(2, out var performance));
        Check(performance.TryNext());
        performance.SetOctaneRating(95);
        Check(performance.TryAddAcceleration(3, out var slow));
        SetAcceleration(slow, [4.0f, 7.5f, 12.2f]);
        Check(performance.TryNext());
        performance.SetOctaneRating(99);
        Check(performance.TryAddAcceleration(3, out var fast));
        SetAcceleration(fast, [3.8f, 7.1f, 11.8f]);

        Check(car.TryAddManufacturer("Honda"u8));
        Check(car.TryAddModel("Civic VTi"u8));
        Check(car.TryAddActivationCode("abcdef"u8));
        Check(car.TryFinish(out var length));
        return HeaderLength + length;
    }

    /// <summary>Reads header and message and compares every value.</summary>
    public static void Verify(ReadOnlySpan<byte> bytes) => Verify(bytes, Numbers);

    /// <summary>Reads header and message and compares every value.</summary>
    public static void Verify(ReadOnlySpan<byte> bytes, uint[] someNumbers)
    {
        Check(MessageHeader.TryWrap(bytes, out var header));
        Assert.Equal(Car.TemplateId, header.TemplateId);
        Assert.Equal(Car.SchemaId, header.SchemaId);
        Check(Car.TryWrap(bytes[HeaderLength..], header.BlockLength, header.Version, out var car));
        Assert.Equal(bytes.Length - HeaderLength, car.EncodedLength);

        // Last things first: the order of reading does not matter.
        Assert.Equal("abcdef", SbeText.ToString(car.ActivationCode));
        Assert.Equal("Civic VTi", SbeText.ToString(car.Model));
        Assert.Equal("Honda", SbeText.ToString(car.Manufacturer));
        var octane = new List<int>();
        var seconds = new List<float>();
        foreach (var figure in car.PerformanceFigures)
        {
            octane.Add(figure.OctaneRating);
            foreach (var acceleration in figure.Acceleration)
            {
                Assert.Contains(acceleration.Mph, new ushort[] { 30, 60, 100 });
                seconds.Add(acceleration.Seconds);
            }
        }

        Assert.Equal([95, 99], octane);
        Assert.Equal([4.0f, 7.5f, 12.2f, 3.8f, 7.1f, 11.8f], seconds);
        var uses = new List<string>();
        foreach (var figure in car.FuelFigures)
        {
            uses.Add($"{figure.Speed} {figure.Mpg} {SbeText.ToString(figure.UsageDescription)}");
        }

        Assert.Equal(["30 35.9 Urban Cycle", "55 49 Combined Cycle", "75 40 Highway Cycle"], uses);
        Assert.Equal(BoosterBoostType.NITROUS, car.Engine.Booster.BoostType);
        Assert.Equal(200, car.Engine.Booster.HorsePower);
        Assert.Equal(BooleanType.T, car.Engine.BoosterEnabled);
        Assert.Equal(35, car.Engine.Efficiency);
        Assert.Equal("Petrol", SbeText.ToString(car.Engine.Fuel));
        Assert.Equal("123", SbeText.ToString(car.Engine.ManufacturerCode));
        Assert.Equal(9000, car.Engine.MaxRpm);
        Assert.Equal(4, car.Engine.NumCylinders);
        Assert.Equal(2000, car.Engine.Capacity);
        Assert.Equal(Model.C, car.DiscountedModel);
        Assert.Equal(OptionalExtras.SportsPack | OptionalExtras.CruiseControl, car.Extras);
        Assert.Equal("abcdef", SbeText.ToString(car.VehicleCode));
        Assert.Equal(someNumbers, car.SomeNumbers.ToArray());
        Assert.Equal(Model.A, car.Code);
        Assert.Equal(BooleanType.T, car.Available);
        Assert.Equal(2013, car.ModelYear);
        Assert.Equal(1234UL, car.SerialNumber);
    }

    private static void AddFuel(ref CarWriter.FuelFiguresWriter fuel, ushort speed, float mpg, ReadOnlySpan<byte> use)
    {
        Check(fuel.TryNext());
        fuel.SetSpeed(speed);
        fuel.SetMpg(mpg);
        Check(fuel.TryAddUsageDescription(use));
    }

    private static void SetAcceleration(CarWriter.PerformanceFiguresWriter.AccelerationWriter entries, ReadOnlySpan<float> seconds)
    {
        ReadOnlySpan<ushort> mph = [30, 60, 100];
        for (var i = 0; i < seconds.Length; i++)
        {
            entries[i].SetMph(mph[i]);
            entries[i].SetSeconds(seconds[i]);
        }
    }

    private static void Check(SbeError error) => Assert.Equal(SbeError.None, error);
}
