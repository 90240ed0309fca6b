namespace FeedHandler.Sbe.Tests;

/// <summary>Writers that are used in the wrong order, or whose errors nobody looked at, write no byte where none belongs.</summary>
public sealed class WriterOrderTests
{
    private static readonly string Nested = CompiledSchema.Xml(
        """<composite name="few"><type name="blockLength" primitiveType="uint16"/><type name="numInGroup" primitiveType="uint8" maxValue="10"/></composite>""",
        """
        <field name="head" id="9" type="uint32"/>
        <group name="a" id="1"><field name="x" id="2" type="uint32" offset="12"/>
          <group name="b" id="3"><field name="y" id="4" type="uint8"/><data name="v" id="5" type="varData"/></group></group>
        <group name="c" id="6"><field name="z" id="7" type="uint8"/></group>
        <group name="d" id="8" dimensionType="few"/>
        """);

    [Fact]
    public void Field_of_an_entry_that_is_not_begun_writes_nothing()
    {
        var said = CompiledSchema.Run(Nested, """
            var buffer = new byte[64];
            MWriter.TryBegin(buffer.AsSpan(0, 8), out var w);
            o.Add(w.TryAddA(1, out var a).ToString());
            try { a.SetX(0xAABBCCDD); o.Add("written"); } catch (InvalidOperationException) { o.Add("refused"); }
            o.Add(a.TryNext().ToString());
            try { a.SetX(0xAABBCCDD); o.Add("written"); } catch (InvalidOperationException) { o.Add("refused"); }
            o.Add(a.TryAddB(1, out _).ToString());
            o.Add(Convert.ToHexString(buffer.AsSpan(8)).Trim('0'));
            """);
        Assert.Equal(["None", "refused", "NoSpace", "refused", "OutOfOrder", ""], said);
    }

    [Fact]
    public void Field_behind_a_failed_TryNext_does_not_change_the_entry_before()
    {
        var said = CompiledSchema.Run(Nested, """
            var buffer = new byte[64];
            MWriter.TryBegin(buffer, out var w);
            w.TryAddA(1, out var a);
            a.TryNext();
            a.SetX(1);
            a.TryAddB(0, out _);
            o.Add(a.TryNext().ToString());
            try { a.SetX(0xAABBCCDD); o.Add("written"); } catch (InvalidOperationException) { o.Add("refused"); }
            o.Add(buffer[20].ToString());
            """);
        Assert.Equal(["OutOfOrder", "refused", "1"], said);
    }

    [Fact]
    public void Writer_that_did_not_begin_adds_and_finishes_nothing()
    {
        var said = CompiledSchema.Run(Nested, """
            o.Add(MWriter.TryBegin(new byte[3], out var w).ToString());
            o.Add(w.TryAddA(0, out var a).ToString());
            o.Add(a.TryNext().ToString());
            o.Add(a.TryAddB(0, out var b).ToString());
            o.Add(b.TryAddV(default).ToString());
            o.Add(w.TryFinish(out _).ToString());
            try { w.SetHead(1); o.Add("written"); } catch (NullReferenceException) { o.Add("refused"); }
            """);
        Assert.Equal(["NoSpace", "OutOfOrder", "OutOfOrder", "OutOfOrder", "OutOfOrder", "OutOfOrder", "refused"], said);
    }

    [Fact]
    public void Next_group_waits_for_the_entries_of_the_one_before()
    {
        var said = CompiledSchema.Run(Nested, """
            var buffer = new byte[128];
            MWriter.TryBegin(buffer, out var w);
            w.TryAddA(1, out var a);
            o.Add(w.TryAddC(1, out _).ToString());
            a.TryNext();
            o.Add(w.TryAddC(1, out _).ToString());
            a.TryAddB(1, out var b);
            o.Add(w.TryAddC(1, out _).ToString());
            b.TryNext();
            o.Add(w.TryAddC(1, out _).ToString());
            b.TryAddV(default);
            o.Add(w.TryFinish(out _).ToString());
            o.Add(w.TryAddC(1, out _).ToString());
            o.Add(w.TryAddD(0, out _).ToString());
            o.Add(w.TryFinish(out var length).ToString());
            o.Add(M.TryWrap(buffer.AsSpan(0, length), M.BlockLength, 3, out var m).ToString());
            """);
        Assert.Equal(["OutOfOrder", "OutOfOrder", "OutOfOrder", "OutOfOrder", "OutOfOrder", "None", "None", "None", "None"], said);
    }

    [Fact]
    public void Next_entry_waits_for_the_groups_of_the_one_before()
    {
        var said = CompiledSchema.Run(Nested, """
            var buffer = new byte[128];
            MWriter.TryBegin(buffer, out var w);
            w.TryAddA(2, out var a);
            a.TryNext();
            a.TryAddB(1, out var first);
            o.Add(a.TryNext().ToString());
            first.TryNext();
            o.Add(a.TryNext().ToString());
            first.TryAddV(default);
            o.Add(a.TryNext().ToString());
            a.TryAddB(1, out var second);
            o.Add(first.TryNext().ToString());
            o.Add(first.TryAddV(default).ToString());
            second.TryNext();
            second.TryAddV(new byte[] { 7 });
            w.TryAddC(0, out _);
            w.TryAddD(0, out _);
            o.Add(w.TryFinish(out var length).ToString());
            o.Add(M.TryWrap(buffer.AsSpan(0, length), M.BlockLength, 3, out var m).ToString());
            """);
        Assert.Equal(["OutOfOrder", "OutOfOrder", "None", "OutOfOrder", "OutOfOrder", "None", "None"], said);
    }

    [Fact]
    public void Count_is_bounded_by_the_schema_and_never_the_null_value()
    {
        var said = CompiledSchema.Run(Nested, """
            var buffer = new byte[1 << 20];
            MWriter.TryBegin(buffer, out var w);
            w.TryAddA(0, out _);
            o.Add(w.TryAddC(65535, out _).ToString());
            o.Add(w.TryAddC(65534, out _).ToString());
            o.Add(w.TryAddD(11, out _).ToString());
            o.Add(w.TryAddD(10, out _).ToString());
            """);
        Assert.Equal(["TooLarge", "None", "TooLarge", "None"], said);
    }
}
