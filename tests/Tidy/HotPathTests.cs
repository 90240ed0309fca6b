using Microsoft.CodeAnalysis.CSharp;

namespace Tidy;

public sealed class HotPathTests
{
    [Fact]
    public void No_marked_body_allocates_locks_throws_or_reads_a_clock()
    {
        var trees = Sources.Product.Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), path: path)).ToList();
        var structs = HotPathRules.StructsOf(trees);
        var marked = trees.SelectMany(HotPathRules.MarkedIn).ToList();
        Assert.True(marked.Count > 60, $"only {marked.Count} marked members were found");
        Assert.Empty(marked.SelectMany(member => HotPathRules.Check(member, structs).Select(breach => $"{Sources.Relative(member.SyntaxTree.FilePath)}:{breach}")));
    }

    [Fact]
    public void The_paths_of_packets_and_updates_are_marked()
    {
        string[] expected = ["OnPacket", "OnUpdate", "Decode", "TryParse", "Offer", "Apply", "Publish", "TakeBatch", "Poll", "Claim"];
        var marked = Sources.Product.Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path))).SelectMany(HotPathRules.MarkedIn)
            .OfType<Microsoft.CodeAnalysis.CSharp.Syntax.MethodDeclarationSyntax>().Select(method => method.Identifier.Text).ToHashSet();
        Assert.Empty(expected.Except(marked));
    }

    [Theory]
    [InlineData("var x = new object();", "new object")]
    [InlineData("object x = new();", "new(...)")]
    [InlineData("return new Known.Inner[3];", "new array")]
    [InlineData("int[] x = [1, 2];", "collection expression")]
    [InlineData("var x = new { A = 1 };", "anonymous")]
    [InlineData("Run(() => 1);", "lambda")]
    [InlineData("Run(x => x);", "lambda")]
    [InlineData("Run(delegate { });", "lambda")]
    [InlineData("var x = from a in b select a;", "LINQ")]
    [InlineData("var x = list.Where(Good);", "LINQ Where")]
    [InlineData("list.ToArray();", "LINQ ToArray")]
    [InlineData("await Task.Yield();", "await")]
    [InlineData("yield return 1;", "yield")]
    [InlineData("try { } finally { }", "try")]
    [InlineData("lock (this) { }", "lock")]
    [InlineData("throw new E();", "throw")]
    [InlineData("var x = y ?? throw z;", "throw")]
    [InlineData("Log($\"{x}\");", "string interpolation")]
    [InlineData("foreach (var x in _list) { }", "foreach over an interface")]
    [InlineData("foreach (var x in argument) { }", "foreach over an interface")]
    [InlineData("var t = DateTime.UtcNow;", "DateTime.UtcNow")]
    [InlineData("var t = System.DateTime.Now;", "System.DateTime.Now")]
    [InlineData("var t = Stopwatch.GetTimestamp();", "GetTimestamp")]
    public void The_rule_finds(string statement, string what)
    {
        var breaches = Check($"[HotPath] int M(IEnumerable<int> argument) {{ {statement} }}");
        Assert.Contains(breaches, breach => breach.Contains(what, StringComparison.Ordinal));
        Assert.Empty(Check($"int M(IEnumerable<int> argument) {{ {statement} }}"));
    }

    [Theory]
    [InlineData("var x = new Known { A = 1 };")]
    [InlineData("Known x = new();")]
    [InlineData("var x = new ReadOnlySpan<byte>(p, 1);")]
    [InlineData("foreach (var x in _array) { }")]
    [InlineData("for (var i = 0; i < 4; i++) Cold();")]
    [InlineData("Span<byte> x = stackalloc byte[4];")]
    public void The_rule_lets_pass(string statement) => Assert.Empty(Check($"[HotPath] int M() {{ {statement} }}"));

    [Fact]
    public void Properties_async_methods_and_expression_bodies_are_read()
    {
        Assert.Single(Check("[HotPath] object P => new object();"));
        Assert.Single(Check("[HotPath] async Task M() { }"));
        Assert.Single(Check("[HotPathAttribute] object P { get { return new object(); } }"));
        Assert.Empty(Check("[HotPath] Known M() => new(1);"));
    }

    private static List<string> Check(string member)
    {
        var tree = CSharpSyntaxTree.ParseText($"struct Known {{ }} class C {{ IReadOnlyList<int> _list; int[] _array; {member} }}");
        var structs = HotPathRules.StructsOf([tree]);
        return [.. HotPathRules.MarkedIn(tree).SelectMany(marked => HotPathRules.Check(marked, structs))];
    }
}
