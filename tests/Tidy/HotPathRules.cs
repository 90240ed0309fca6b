using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tidy;

/// <summary>Reads bodies marked [HotPath] for what they must not contain.</summary>
/// <remarks>
/// Syntax alone, so it judges by form: <c>new</c> is allowed for types that are known to be structs (declared so anywhere
/// in the project, or in <see cref="FrameworkStructs"/>); a target-typed <c>new</c> is allowed where the target is such a
/// type. A call into a method that is not marked is fine: cold branches are separate methods.
/// </remarks>
internal static class HotPathRules
{
    private static readonly HashSet<string> FrameworkStructs = ["ReadOnlySpan", "Span", "SpinWait", "DateTimeOffset"];

    private static readonly HashSet<string> Linq =
    [
        "Select", "Where", "Any", "All", "First", "FirstOrDefault", "Last", "LastOrDefault", "Single", "SingleOrDefault", "OrderBy", "ThenBy",
        "GroupBy", "ToList", "ToArray", "ToDictionary", "Sum", "Aggregate", "Skip", "Concat", "Cast", "OfType", "Zip",
    ];

    private static readonly HashSet<string> Clocks = ["Now", "UtcNow"];

    private static readonly HashSet<string> ClockTypes = ["DateTime", "DateTimeOffset", "Stopwatch"];

    /// <summary>Names of all structs that the sources declare.</summary>
    public static HashSet<string> StructsOf(IEnumerable<SyntaxTree> trees)
    {
        HashSet<string> structs = [.. FrameworkStructs];
        foreach (var tree in trees)
        {
            foreach (var type in tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>())
            {
                if (type is StructDeclarationSyntax || type.IsKind(SyntaxKind.RecordStructDeclaration)) structs.Add(type.Identifier.Text);
            }
        }

        return structs;
    }

    /// <summary>All members marked [HotPath].</summary>
    public static IEnumerable<MemberDeclarationSyntax> MarkedIn(SyntaxTree tree) => tree.GetRoot().DescendantNodes().OfType<MemberDeclarationSyntax>()
        .Where(member => member is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax)
        .Where(member => member.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() is "HotPath" or "HotPathAttribute"));

    /// <summary>What a marked member must not do, as <c>line: what</c>.</summary>
    public static IEnumerable<string> Check(MemberDeclarationSyntax member, HashSet<string> structs)
    {
        if (member.Modifiers.Any(SyntaxKind.AsyncKeyword)) yield return At(member, "async");
        foreach (var node in member.DescendantNodes())
        {
            if (Breach(node, structs) is { } breach) yield return At(node, breach);
        }
    }

    private static string? Breach(SyntaxNode node, HashSet<string> structs) => node switch
    {
        ObjectCreationExpressionSyntax creation when !structs.Contains(NameOf(creation.Type)) => $"new {creation.Type}",
        ImplicitObjectCreationExpressionSyntax creation when !structs.Contains(TargetOf(creation)) => "new(...) of a type that is not known to be a struct",
        ArrayCreationExpressionSyntax or ImplicitArrayCreationExpressionSyntax => "new array",
        AnonymousObjectCreationExpressionSyntax => "new anonymous object",
        CollectionExpressionSyntax => "collection expression",
        AnonymousFunctionExpressionSyntax => "lambda",
        QueryExpressionSyntax => "LINQ",
        AwaitExpressionSyntax => "await",
        YieldStatementSyntax => "yield",
        TryStatementSyntax => "try",
        LockStatementSyntax => "lock",
        ThrowStatementSyntax or ThrowExpressionSyntax => "throw",
        InterpolatedStringExpressionSyntax => "string interpolation",
        ForEachStatementSyntax loop when IsInterface(loop) => "foreach over an interface",
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } when Linq.Contains(access.Name.Identifier.Text) => $"LINQ {access.Name}",
        MemberAccessExpressionSyntax access when Clocks.Contains(access.Name.Identifier.Text) && ClockTypes.Contains(NameOf(access.Expression)) => access.ToString(),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "GetTimestamp" } access } => access.ToString(),
        _ => null,
    };

    /// <summary>Where the loop's expression is declared in the same type, as an interface: IEnumerable, IReadOnlyList and their like.</summary>
    private static bool IsInterface(ForEachStatementSyntax loop)
    {
        var name = NameOf(loop.Expression);
        var type = loop.Ancestors().OfType<TypeDeclarationSyntax>().FirstOrDefault();
        if (type is null) return false;
        var declared = type.DescendantNodes().Select(node => node switch
        {
            VariableDeclaratorSyntax variable when variable.Identifier.Text == name => (variable.Parent as VariableDeclarationSyntax)?.Type,
            ParameterSyntax parameter when parameter.Identifier.Text == name => parameter.Type,
            PropertyDeclarationSyntax property when property.Identifier.Text == name => property.Type,
            _ => null,
        }).FirstOrDefault(found => found is not null);
        return declared is not null && NameOf(declared) is ['I', >= 'A' and <= 'Z', ..];
    }

    private static string TargetOf(ImplicitObjectCreationExpressionSyntax creation)
    {
        TypeSyntax? target = creation.Parent switch
        {
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax declaration } } => declaration.Type,
            ArrowExpressionClauseSyntax { Parent: MethodDeclarationSyntax method } => method.ReturnType,
            ArrowExpressionClauseSyntax { Parent: PropertyDeclarationSyntax property } => property.Type,
            ReturnStatementSyntax => creation.Ancestors().OfType<MethodDeclarationSyntax>().FirstOrDefault()?.ReturnType,
            _ => null,
        };
        return target is null ? "" : NameOf(target);
    }

    private static string NameOf(SyntaxNode node) => node switch
    {
        QualifiedNameSyntax qualified => NameOf(qualified.Right),
        GenericNameSyntax generic => generic.Identifier.Text,
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        RefTypeSyntax reference => NameOf(reference.Type),
        SimpleNameSyntax simple => simple.Identifier.Text,
        _ => node.ToString(),
    };

    private static string At(SyntaxNode node, string what) => $"{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {what}";
}
