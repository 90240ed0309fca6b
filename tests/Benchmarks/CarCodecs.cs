using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cars;
using FeedHandler.Sbe;

namespace FeedHandler.Benchmarks;

/// <summary>The SBE tool's example message: by generated code, and by hand over blittable structs.</summary>
internal static class CarCodecs
{
    public static byte[] Sample()
    {
        var bytes = new byte[512];
        var length = (int)EncodeGenerated(bytes);
        return bytes.AsSpan(0, length).ToArray();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long DecodeGenerated(ReadOnlySpan<byte> body)
    {
        if (Car.TryWrap(body, Car.BlockLength, 0, out var car) != SbeError.None)
        {
            return -1;
        }

        var engine = car.Engine;
        var numbers = car.SomeNumbers;
        var sum = (long)car.SerialNumber + car.ModelYear + (long)car.Available + (long)car.Code + (long)car.Extras + car.VehicleCode[0]
            + engine.Capacity + engine.NumCylinders + engine.MaxRpm + engine.ManufacturerCode[0] + engine.Efficiency
            + (long)engine.BoosterEnabled + (long)engine.Booster.BoostType + engine.Booster.HorsePower;
        for (var i = 0; i < numbers.Length; i++)
        {
            sum += numbers[i];
        }

        foreach (var figure in car.FuelFigures)
        {
            sum += figure.Speed + (long)figure.Mpg + figure.UsageDescription.Length;
        }

        foreach (var figure in car.PerformanceFigures)
        {
            sum += figure.OctaneRating;
            foreach (var acceleration in figure.Acceleration)
            {
                sum += acceleration.Mph + (long)acceleration.Seconds;
            }
        }

        return sum + car.Manufacturer.Length + car.Model.Length + car.ActivationCode.Length;
    }

    /// <summary>The same by hand, in one pass over the bytes with a check before each read.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long DecodeByHand(ReadOnlySpan<byte> body)
    {
        if (body.Length < Unsafe.SizeOf<CarBlock>())
        {
            return -1;
        }

        ref var start = ref MemoryMarshal.GetReference(body);
        ref var car = ref Unsafe.As<byte, CarBlock>(ref start);
        var sum = (long)car.SerialNumber + car.ModelYear + car.Available + car.Code + car.Extras + car.VehicleCode
            + car.Capacity + car.NumCylinders + 9000 + car.ManufacturerCode + car.Efficiency + car.BoosterEnabled + car.BoostType + car.HorsePower
            + car.Number0 + car.Number1 + car.Number2 + car.Number3;
        var position = Unsafe.SizeOf<CarBlock>();
        if (!TryHeader(body, ref position, 6, out var length, out var count))
        {
            return -1;
        }

        for (; count > 0; count--)
        {
            if (body.Length - position < length)
            {
                return -1;
            }

            sum += Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, position)) + (long)Unsafe.ReadUnaligned<float>(ref Unsafe.Add(ref start, position + 2));
            position += length;
            if (!TryData(body, ref position, out var text))
            {
                return -1;
            }

            sum += text;
        }

        if (!TryHeader(body, ref position, 1, out length, out count))
        {
            return -1;
        }

        for (; count > 0; count--)
        {
            if (body.Length - position < length)
            {
                return -1;
            }

            sum += Unsafe.Add(ref start, position);
            position += length;
            if (!TryHeader(body, ref position, 6, out var innerLength, out var inner) || body.Length - position < innerLength * inner)
            {
                return -1;
            }

            for (; inner > 0; inner--)
            {
                sum += Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, position)) + (long)Unsafe.ReadUnaligned<float>(ref Unsafe.Add(ref start, position + 2));
                position += innerLength;
            }
        }

        return TryData(body, ref position, out var manufacturer) && TryData(body, ref position, out var model) && TryData(body, ref position, out var code)
            ? sum + manufacturer + model + code
            : -1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long EncodeGenerated(Span<byte> body)
    {
        var error = CarWriter.TryBegin(body, out var car);
        if (error != SbeError.None)
        {
            return -1;
        }

        car.SetSerialNumber(1234);
        car.SetModelYear(2013);
        car.SetAvailable(BooleanType.T);
        car.SetCode(Model.A);
        car.SetSomeNumbers([1, 2, 3, 4]);
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
        error |= car.TryAddFuelFigures(3, out var fuel);
        for (var i = 0; i < 3; i++)
        {
            error |= fuel.TryNext();
            fuel.SetSpeed((ushort)(30 + i));
            fuel.SetMpg(35.5f);
            error |= fuel.TryAddUsageDescription("Urban Cycle"u8);
        }

        error |= car.TryAddPerformanceFigures(2, out var performance);
        for (var i = 0; i < 2; i++)
        {
            error |= performance.TryNext();
            performance.SetOctaneRating(95);
            error |= performance.TryAddAcceleration(3, out var acceleration);
            for (var k = 0; k < 3; k++)
            {
                acceleration[k].SetMph((ushort)(30 * k));
                acceleration[k].SetSeconds(4.5f);
            }
        }

        error |= car.TryAddManufacturer("Honda"u8);
        error |= car.TryAddModel("Civic VTi"u8);
        error |= car.TryAddActivationCode("abcdef"u8);
        error |= car.TryFinish(out var length);
        return error == SbeError.None ? length : -1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long EncodeByHand(Span<byte> body)
    {
        if (body.Length < 256)
        {
            return -1;
        }

        ref var start = ref MemoryMarshal.GetReference(body);
        Unsafe.As<byte, CarBlock>(ref start) = new()
        {
            SerialNumber = 1234, ModelYear = 2013, Available = 1, Code = (byte)'A', Number0 = 1, Number1 = 2, Number2 = 3, Number3 = 4,
            Extras = 6, Capacity = 2000, NumCylinders = 4, Efficiency = 35, BoosterEnabled = 1, BoostType = (byte)'N', HorsePower = 200,
        };
        "abcdef"u8.CopyTo(body[28..]);
        "123"u8.CopyTo(body[38..]);
        var position = Unsafe.SizeOf<CarBlock>();
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, position), 0x0003_0006);
        position += 4;
        for (var i = 0; i < 3; i++)
        {
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, position), (ushort)(30 + i));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, position + 2), 35.5f);
            position = PutText(body, position + 6, "Urban Cycle"u8);
        }

        Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, position), 0x0002_0001);
        position += 4;
        for (var i = 0; i < 2; i++)
        {
            Unsafe.Add(ref start, position) = 95;
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, position + 1), 0x0003_0006);
            position += 5;
            for (var k = 0; k < 3; k++)
            {
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, position), (ushort)(30 * k));
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, position + 2), 4.5f);
                position += 6;
            }
        }

        position = PutText(body, position, "Honda"u8);
        position = PutText(body, position, "Civic VTi"u8);
        return PutText(body, position, "abcdef"u8);
    }

    private static int PutText(Span<byte> body, int position, ReadOnlySpan<byte> text)
    {
        Unsafe.WriteUnaligned(ref body[position], text.Length);
        text.CopyTo(body[(position + 4)..]);
        return position + 4 + text.Length;
    }

    private static bool TryHeader(ReadOnlySpan<byte> body, ref int position, int minimum, out int length, out int count)
    {
        length = 0;
        count = 0;
        if (body.Length - position < 4)
        {
            return false;
        }

        ref var header = ref Unsafe.Add(ref MemoryMarshal.GetReference(body), position);
        length = Unsafe.ReadUnaligned<ushort>(ref header);
        count = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref header, 2));
        position += 4;
        return count == 0 || length >= minimum;
    }

    private static bool TryData(ReadOnlySpan<byte> body, ref int position, out int length)
    {
        length = 0;
        if (body.Length - position < 4)
        {
            return false;
        }

        length = Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref MemoryMarshal.GetReference(body), position));
        position += 4 + length;
        return (uint)length <= (uint)(body.Length - position + length);
    }

    [StructLayout(LayoutKind.Explicit, Size = 45)]
    private struct CarBlock
    {
        [FieldOffset(0)] public ulong SerialNumber;
        [FieldOffset(8)] public ushort ModelYear;
        [FieldOffset(10)] public byte Available;
        [FieldOffset(11)] public byte Code;
        [FieldOffset(12)] public uint Number0;
        [FieldOffset(16)] public uint Number1;
        [FieldOffset(20)] public uint Number2;
        [FieldOffset(24)] public uint Number3;
        [FieldOffset(28)] public byte VehicleCode;
        [FieldOffset(34)] public byte Extras;
        [FieldOffset(35)] public ushort Capacity;
        [FieldOffset(37)] public byte NumCylinders;
        [FieldOffset(38)] public byte ManufacturerCode;
        [FieldOffset(41)] public sbyte Efficiency;
        [FieldOffset(42)] public byte BoosterEnabled;
        [FieldOffset(43)] public byte BoostType;
        [FieldOffset(44)] public byte HorsePower;
    }
}
