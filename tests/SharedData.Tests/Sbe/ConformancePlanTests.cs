using System.Reflection;
using System.Text;
using FeedHandler.Sbe;
using FeedHandler.Sbe.Schema;
using FeedHandler.Sbe.Tests;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>The FIX conformance plans: what is injected is read, and the response has the plan's values and bytes.</summary>
/// <remarks>
/// <para>Injector and validator of the suite are Java programs. Here a plain encoder by offsets takes their part; both
/// generated writers must give the same bytes, and both decoders must read the plan's values from them.</para>
/// <para>Every plan injects tag 37 (OrderID) in a NewOrderSingle, which no schema has there: it cannot be sent. OrdType (40) may
/// have been meant; it has no value and stays 0, the null of a char. Plan 2's tag 110 is in the injector's schema only: the
/// responder must skip it. The null of tag 200 is a composite of required members: each gets its type's null value.</para>
/// </remarks>
public sealed class ConformancePlanTests
{
    private const int MaxMessageBytes = 512;
    private static readonly int[] Plans = [1, 2, 3];

    private static readonly SbeSchema[] Schemas = [null!, .. Plans.Select(number => SbeSchema.Load(ConformancePlan.SchemaPath(number)))];

    private static readonly Lazy<Assembly> Compiled = new(Compile);

    private delegate int Injector(Span<byte> destination);

    private delegate int Responder(ReadOnlySpan<byte> source, Span<byte> destination);

    private delegate void Reader(ReadOnlySpan<byte> source, List<string> values);

    [Theory]
    [InlineData(1, "37", "37")]
    [InlineData(2, "37", "37 110")]
    [InlineData(3, "37", "37")]
    public void Plan_is_read_and_answered(int number, string notSent, string notReceived)
    {
        var plan = new ConformancePlan(number);
        var (inject, respond) = (Schemas[plan.InjectSchema], Schemas[plan.ResponderSchema]);

        var injected = ConformancePlan.Encode(inject, plan.Injected);
        Assert.Equal(injected, Bytes(Method<Injector>($"Inject{number}", "Inject")));
        var unknown = new List<string>();
        ConformancePlan.Values(inject.FindMessage(ConformancePlan.TemplateId(plan.Injected))!, plan.Injected, unknown);
        Assert.Equal(notSent, string.Join(' ', unknown));

        unknown.Clear();
        var expected = ConformancePlan.Values(respond.FindMessage(ConformancePlan.TemplateId(plan.Injected))!, plan.Injected, unknown);
        Assert.Equal(notReceived, string.Join(' ', unknown));
        Assert.InRange(expected.Count, 8, 10);
        VerifyValues(["40=\0", .. expected], injected, respond, Method<Reader>($"Respond{number}", "ReadInjected"));

        var resolved = plan.ResolvedResponse();
        var response = Bytes(destination => Method<Responder>($"Respond{number}", "Respond")(injected, destination));
        Assert.Equal(ConformancePlan.Encode(respond, resolved), response);
        unknown.Clear();
        expected = ConformancePlan.Values(respond.FindMessage(ConformancePlan.TemplateId(resolved))!, resolved, unknown);
        Assert.Empty(unknown);
        Assert.InRange(expected.Count, 13, 14);
        VerifyValues(expected, response, respond, Method<Reader>($"Respond{number}", "ReadResponse"));
    }

    private static void VerifyValues(List<string> expected, byte[] bytes, SbeSchema schema, Reader generated)
    {
        expected.Sort(StringComparer.Ordinal);
        var read = new List<string>();
        generated(bytes, read);
        Assert.Equal(expected, read.Order(StringComparer.Ordinal));

        Assert.Equal(SbeError.None, SbeDecoder.TryReadHeader(schema, bytes, out var header));
        var walked = new Collector([]);
        var body = bytes.AsSpan(schema.Model.Header.Size);
        Assert.Equal(SbeError.None, SbeDecoder.TryWalk(schema, schema.FindMessage(header.TemplateId)!, body, header.BlockLength, header.Version, ref walked));
        Assert.Equal(expected, walked.Values.Order(StringComparer.Ordinal));
    }

    private static Assembly Compile()
    {
        var sources = ConformanceSource.Shared + string.Concat(Plans.Select(number => ConformanceSource.Write(new(number), Schemas)));
        var texts = Plans.Select(number => new SchemaText(ConformancePlan.SchemaPath(number), File.ReadAllText(ConformancePlan.SchemaPath(number)), $"S{number}"));
        var (compilation, diagnostics) = GeneratorRunner.Run(GeneratorRunner.EmptyCompilation(sources), [.. texts]);
        Assert.Empty(diagnostics);
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Take(10)));
        return Assembly.Load(stream.ToArray());
    }

    private static T Method<T>(string ns, string name)
        where T : Delegate => Compiled.Value.GetType(ns + ".Plan", throwOnError: true)!.GetMethod(name)!.CreateDelegate<T>();

    private static byte[] Bytes(Injector write)
    {
        var destination = new byte[MaxMessageBytes];
        destination.AsSpan().Fill(0xEE);
        return destination[..write(destination)];
    }

    private readonly struct Collector(List<string> values) : ISbeVisitor
    {
        private readonly List<string> _groups = [];

        public List<string> Values => values;

        private string Path => string.Concat(_groups.Select(name => name + "."));

        public void Field(SbeFieldValue value) => values.Add($"{Path}{value.Field.Id}={Text(value)}");

        public void BeginGroup(SbeGroup group, int count)
        {
            values.Add($"{Path}{group.Name}={count}");
            _groups.Add(group.Name);
        }

        public void BeginEntry()
        {
        }

        public void EndEntry()
        {
        }

        public void EndGroup() => _groups.RemoveAt(_groups.Count - 1);

        public void Data(SbeData data, ReadOnlySpan<byte> content) => values.Add($"{Path}{data.Id}={Encoding.Latin1.GetString(content)}");

        private static string Text(SbeFieldValue value)
        {
            if (ConformancePlan.IsText(value.Field))
            {
                return Encoding.Latin1.GetString(value.Bytes).TrimEnd('\0');
            }

            if (value.Field.Type is not SbeComposite composite)
            {
                return value.GetNumber().ToString();
            }

            var members = new List<string>();
            foreach (var member in composite.Members.Where(member => member.Presence != SbePresence.Constant))
            {
                members.Add(value.GetMember(member).GetNumber().ToString());
            }

            return string.Join(',', members);
        }
    }
}
