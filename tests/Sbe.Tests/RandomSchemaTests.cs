using System.Reflection;
using FeedHandler.Sbe.Schema;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace FeedHandler.Sbe.Tests;

/// <summary>Random schemas, compiled, against random messages: generated code and the run-time decoder must agree on all of them.</summary>
public sealed class RandomSchemaTests
{
    // 500 take two minutes of one core; SBE_RANDOM_SCHEMAS=50 is for quick runs by hand.
    private static readonly int Schemas = int.Parse(Environment.GetEnvironmentVariable("SBE_RANDOM_SCHEMAS") ?? "500", System.Globalization.CultureInfo.InvariantCulture);
    private const int SchemasPerAssembly = 50;
    private const int Messages = 200;
    private const int WrittenAtEveryCapacity = 20;

    [Fact]
    public void Generated_and_run_time_decoders_agree_on_every_message_and_every_truncation()
    {
        var coverage = new int[4];
        Parallel.For(0, Schemas / SchemasPerAssembly, batch =>
        {
            var schemas = Enumerable.Range(batch * SchemasPerAssembly, SchemasPerAssembly).Select(seed => new RandomSchema(seed)).ToArray();
            var assembly = Compile(schemas);
            using var guard = new GuardedBuffer();
            for (var i = 0; i < schemas.Length; i++)
            {
                var driver = assembly.GetType($"S{i}.Driver", throwOnError: true)!;
                Check(schemas[i], driver.GetMethod("Read")!.CreateDelegate<Reader>(), driver.GetMethod("Copy")!.CreateDelegate<Copier>(), guard, coverage);
                CheckHeader(schemas[i], driver.GetMethod("Header")!.CreateDelegate<HeaderWriter>(), guard);
            }
        });

        // Truncations, versions and groups must really have been met.
        Assert.All(coverage, count => Assert.True(count > Schemas * 50, string.Join(' ', coverage)));
    }

    private static Assembly Compile(RandomSchema[] schemas)
    {
        var texts = schemas.Select((schema, i) => new SchemaText($"s{i}.xml", schema.Xml, $"S{i}")).ToArray();
        var drivers = DriverSource.Shared + string.Concat(schemas.Select((schema, i) => DriverSource.Write(schema.Schema, $"S{i}")));
        var (compilation, diagnostics) = GeneratorRunner.Run(GeneratorRunner.EmptyCompilation(drivers), texts);
        Assert.Empty(diagnostics);
        using var stream = new MemoryStream();
        var result = compilation.WithOptions(compilation.Options.WithOptimizationLevel(OptimizationLevel.Release)).Emit(stream);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(10)));
        return Assembly.Load(stream.ToArray());
    }

    private static void Check(RandomSchema schema, Reader read, Copier copy, GuardedBuffer guard, int[] coverage)
    {
        var generated = new List<ulong>();
        var runTime = new List<ulong>();
        var copied = new List<ulong>();
        var destination = new byte[32768];
        for (var i = 0; i < Messages; i++)
        {
            var body = schema.RandomBody(out var blockLength, out var version);
            Verify(read(guard.Put(body), blockLength, version, generated) == SbeError.None, () => $"message {i} of version {version}: {schema.Xml}");
            Walk(schema, body, blockLength, version, runTime);
            Verify(generated.SequenceEqual(runTime), () => $"message {i} of version {version}, from value {generated.Zip(runTime).TakeWhile(pair => pair.First == pair.Second).Count()} of {generated.Count}, {runTime.Count} on: {schema.Xml}");
            Assert.Equal(SbeError.None, SbeDecoder.TryMeasure(schema.Schema, schema.Message, body, blockLength, version, out var encodedLength));
            Verify(encodedLength == body.Length, () => $"message {i} of version {version}: {schema.Xml}");

            for (var cut = 0; cut < body.Length; cut++)
            {
                var truncated = guard.Put(body.AsSpan(0, cut));
                var error = read(truncated, blockLength, version, null);
                Verify(error != SbeError.None, () => $"message {i} of version {version}: {schema.Xml}");
                if (i < 5)
                {
                    Assert.Equal(error, SbeDecoder.TryMeasure(schema.Schema, schema.Message, truncated, blockLength, version, out _));
                }
            }

            Interlocked.Add(ref coverage[0], body.Length);
            Corrupt(schema, body, blockLength, version, read, guard, i);
            if (version >= schema.Schema.Model.Version)
            {
                // A writer writes the schema's own version: all that the message has is there again.
                destination.AsSpan().Fill(0xEE);
                Verify(copy(body, blockLength, version, destination, out var length) == SbeError.None, () => $"message {i} of version {version}: {schema.Xml}");
                Assert.Equal(SbeError.None, read(guard.Put(destination.AsSpan(0, length)), schema.Message.BlockLength, schema.Schema.Model.Version, copied));
                Verify(copied.SequenceEqual(generated), () => $"message {i} of version {version}: {schema.Xml}");
                Interlocked.Increment(ref coverage[1]);
                for (var capacity = i < WrittenAtEveryCapacity ? 0 : length; capacity < length; capacity++)
                {
                    Verify(copy(body, blockLength, version, guard.Take(capacity), out _) == SbeError.NoSpace, () => $"capacity {capacity}: {schema.Xml}");
                }
            }
            else
            {
                Interlocked.Increment(ref coverage[2]);
            }

            Interlocked.Add(ref coverage[3], schema.Message.Groups.Count);
        }
    }

    private static void CheckHeader(RandomSchema schema, HeaderWriter header, GuardedBuffer guard)
    {
        var size = schema.Schema.Model.Header.Size;
        Assert.Equal(SbeError.NoSpace, header(guard.Take(size - 1), out _));
        Assert.Equal(SbeError.None, header(guard.Take(size), out var written));
        Assert.Equal(new(schema.Message.BlockLength, schema.Message.Id, schema.Schema.Model.Id, schema.Schema.Model.Version), written);
        Assert.Equal(SbeError.None, SbeDecoder.TryReadHeader(schema.Schema, guard.Take(size), out var read));
        Assert.Equal(read, written);
    }

    /// <summary>Flips a byte: both decoders must come to the same verdict, and to the same values if it is good.</summary>
    private static void Corrupt(RandomSchema schema, byte[] body, int blockLength, int version, Reader read, GuardedBuffer guard, int i)
    {
        if (body.Length == 0)
        {
            return;
        }

        var corrupted = body.ToArray();
        corrupted[(i * 31) % body.Length] = (byte)(i * 7);
        var expected = SbeDecoder.TryMeasure(schema.Schema, schema.Message, corrupted, blockLength, version, out _);
        Verify(expected == read(guard.Put(corrupted), blockLength, version, null), () => $"{expected}: {schema.Xml}");
        if (blockLength > 0)
        {
            var shorter = SbeDecoder.TryMeasure(schema.Schema, schema.Message, corrupted, blockLength - 1, version, out _);
            Verify(shorter == read(guard.Put(corrupted), blockLength - 1, version, null), () => $"{shorter}: {schema.Xml}");
        }
    }

    /// <summary>An assertion whose message is made only when it fails: there are millions of them.</summary>
    private static void Verify(bool condition, Func<string> message)
    {
        if (!condition)
        {
            Assert.Fail(message());
        }
    }

    private static void Walk(RandomSchema schema, byte[] body, int blockLength, int version, List<ulong> values)
    {
        values.Clear();
        var visitor = new Collector(values, schema.Message);
        Assert.Equal(SbeError.None, SbeDecoder.TryWalk(schema.Schema, schema.Message, body, blockLength, version, ref visitor));
    }

    private delegate SbeError Reader(ReadOnlySpan<byte> body, int blockLength, int version, List<ulong>? values);

    private delegate SbeError HeaderWriter(Span<byte> bytes, out SbeMessageHeader header);

    private delegate SbeError Copier(ReadOnlySpan<byte> body, int blockLength, int version, Span<byte> destination, out int length);

    private readonly struct Collector(List<ulong> values, SbeMessage message) : ISbeVisitor
    {
        private readonly Stack<SbeBlock> _blocks = new([message]);

        public void Field(SbeFieldValue value) => Field(value, value.Field.SinceVersion > _blocks.Peek().SinceVersion);

        private void Field(SbeFieldValue value, bool isVersioned)
        {
            if (DriverSource.SaysNull(value.Field, isVersioned))
            {
                values.Add(value.IsNull ? 1UL : 0UL);
            }

            if (value.Field.Type is SbeComposite composite)
            {
                foreach (var member in composite.Members)
                {
                    Field(value.GetMember(member), member.SinceVersion > composite.SinceVersion);
                }

                return;
            }

            for (var i = 0; i < value.Count; i++)
            {
                var number = value.GetNumber(i);
                values.Add(number.Primitive.IsFloating() && double.IsNaN(number.Floating) ? number.Primitive.DefaultNull().Bits : number.Bits);
            }
        }

        public void BeginGroup(SbeGroup group, int count)
        {
            _blocks.Push(group);
            values.Add((ulong)count);
        }

        public void BeginEntry()
        {
        }

        public void EndEntry()
        {
        }

        public void EndGroup() => _blocks.Pop();

        public void Data(SbeData data, ReadOnlySpan<byte> content)
        {
            values.Add((ulong)content.Length);
            foreach (var b in content)
            {
                values.Add(b);
            }
        }
    }
}
