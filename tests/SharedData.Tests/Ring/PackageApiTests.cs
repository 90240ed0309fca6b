using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using FeedHandler.Actors;
using FeedHandler.SharedData.Tests.Sbe;
using FeedHandler.Transport;

namespace FeedHandler.SharedData.Tests.Ring;

/// <summary>What our programs use of our ring is in the package's list of signatures, so that the package can take its place.</summary>
public sealed partial class PackageApiTests
{
    private static readonly List<(HashSet<string> Types, List<string> Signatures)> Files = Read(File.ReadAllLines(SharedFolder.Path("disruptor-api.md")));

    [Fact]
    public void Every_member_that_is_used_is_one_of_the_package()
    {
        var assemblies = new[] { typeof(RxCore).Assembly, typeof(ShardConsumer).Assembly, Assembly.Load("replay"), Assembly.Load("feedhandler") };
        var used = assemblies.SelectMany(assembly => UsedBy(assembly.Location)).ToHashSet();
        Assert.True(used.Count > 10, string.Join(Environment.NewLine, used));
        Assert.DoesNotContain(used, member => !IsDeclared(member));
    }

    [Fact]
    public void A_member_that_the_package_lacks_is_noticed()
    {
        Assert.False(IsDeclared(("ValueRingBuffer", "get_Slots", 0)));
        Assert.False(IsDeclared(("RingBuffer", "TryNext", 3)));
        Assert.True(IsDeclared(("RingBuffer", "TryNext", 2)));

        // One ring has pollers of its own, the other has not.
        Assert.True(IsDeclared(("ValueRingBuffer", "NewPoller", 1)));
        Assert.False(IsDeclared(("UnmanagedRingBuffer", "NewPoller", 1)));
    }

    /// <summary>The list goes file by file: its types, and the signatures of their members.</summary>
    private static List<(HashSet<string> Types, List<string> Signatures)> Read(string[] lines)
    {
        var files = new List<(HashSet<string> Types, List<string> Signatures)>();
        foreach (var line in lines)
        {
            if (line.StartsWith("**", StringComparison.Ordinal)) files.Add(([], []));
            if (!line.StartsWith("- `", StringComparison.Ordinal)) continue;
            var signature = line[3..line.LastIndexOf('`')];
            files[^1].Signatures.Add(signature);
            if (TypeNames().Match(signature) is { Success: true } type) files[^1].Types.Add(type.Groups[1].Value);
        }

        return files;
    }

    private static bool IsDeclared((string Type, string Member, int Parameters) used) =>
        Files.Any(file => file.Types.Contains(used.Type) && file.Signatures.Any(signature => Declares(signature, used)));

    private static bool Declares(string signature, (string Type, string Member, int Parameters) used)
    {
        if (used.Member is ".ctor" or "get_Item")
        {
            // Constructors without parameters are not written down where the compiler makes them.
            var name = used.Member == ".ctor" ? used.Type : "this";
            return (used is { Member: ".ctor", Parameters: 0 } && Regex.IsMatch(signature, $@"\bclass {name}\b"))
                || (Regex.Match(signature, $@"\b{name}[\(\[](.*)[\)\]]$") is { Success: true } own && Parameters(own.Groups[1].Value) == used.Parameters);
        }

        if (used.Member.StartsWith("get_", StringComparison.Ordinal)) return Regex.IsMatch(signature, $@"\b{used.Member[4..]}( \{{.*)?$");
        return Regex.Match(signature, $@"\b{used.Member}(<\w+>)?\((.*)\)$") is { Success: true } method && Parameters(method.Groups[2].Value) == used.Parameters;
    }

    private static int Parameters(string list) => list.Length == 0 ? 0 : TypeArguments().Replace(list, "").Count(c => c == ',') + 1;

    private static HashSet<(string Type, string Member, int Parameters)> UsedBy(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var used = new HashSet<(string, string, int)>();
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (RingType(metadata, member.Parent) is not { } type) continue;
            var signature = metadata.GetBlobReader(member.Signature);
            var header = signature.ReadSignatureHeader();
            if (header.Kind == SignatureKind.Field) continue;
            if (header.IsGeneric) signature.ReadCompressedInteger();
            used.Add((type.Split('`')[0], metadata.GetString(member.Name), signature.ReadCompressedInteger()));
        }

        return used;
    }

    /// <summary>Name of the type when it is the ring's.</summary>
    private static string? RingType(MetadataReader metadata, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeSpecification)
        {
            var signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)handle).Signature);
            if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return null;
            signature.ReadByte();
            handle = signature.ReadTypeHandle();
        }

        if (handle.Kind != HandleKind.TypeReference) return null;
        var type = metadata.GetTypeReference((TypeReferenceHandle)handle);
        var name = metadata.GetString(type.Name);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference) type = metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        return type.ResolutionScope.Kind == HandleKind.AssemblyReference
            && metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == "Disruptor"
            ? name
            : null;
    }

    [GeneratedRegex(@"\b(?:class|struct|interface|enum) (\w+)")]
    private static partial Regex TypeNames();

    [GeneratedRegex("<[^<>]*>")]
    private static partial Regex TypeArguments();
}
