namespace FeedHandler.Transport.Tests.Configuration;

public sealed class GlimpseJsonTests : IDisposable
{
    private readonly FeedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Server_is_an_address_or_an_object_that_says_more()
    {
        Assert.Equal(new GlimpseEndpoint("glimpse.example.com", 18_300), Load("\"glimpse.example.com:18300\""));
        Assert.Equal(new GlimpseEndpoint("10.0.0.1", 1, "me", "secret"), Load("""{"address":"10.0.0.1:1","user":"me","password":"secret"}"""));
        Assert.Equal(new GlimpseEndpoint("10.0.0.1", 1, AnySession: true), Load("""{"address":"10.0.0.1:1","anySession":true}"""));
        Assert.Null(FeedFile.Load(_folder.Write("feed.json", Json("itch50", ""))).Channels[0].Glimpse);
    }

    [Theory]
    [InlineData("\"a\"", "channels[0].glimpse: \"a\" is not host:port")]
    [InlineData("\"a:0\"", "channels[0].glimpse: \"a:0\" is not host:port")]
    [InlineData("5", "channels[0].glimpse: expected a string")]
    [InlineData("""{"user":"me"}""", "channels[0].glimpse.address: missing")]
    [InlineData("""{"address":"a:1","user":"TOOLONG"}""", "channels[0].glimpse.user: a string of up to 6 printable ASCII characters")]
    [InlineData("""{"address":"a:1","anySession":"yes"}""", "channels[0].glimpse.anySession: expected true or false")]
    [InlineData("""{"address":"a:1","pasword":"hunter2"}""", "did you mean \"password\"?")]
    [InlineData("""{"address":"a:1","password":"hunter2hunter2"}""", "channels[0].glimpse.password: a string of up to 10 printable ASCII characters")]
    [InlineData("""{"address":"a:1","password":"hunter2 "}""", "channels[0].glimpse.password: ")]
    [InlineData("""{"address":"a:1","password":["hunter2"]}""", "channels[0].glimpse.password: ")]
    public void What_is_wrong_is_named_and_no_password_is_repeated(string glimpse, string problem)
    {
        var message = Assert.Throws<ConfigurationException>(() => Load(glimpse)).Message;
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_that_is_a_number_is_not_repeated() => Assert.DoesNotContain(
        "123456789", Assert.Throws<ConfigurationException>(() => Load("""{"address":"a:1","password":123456789}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_channel_in_text_does_not_have_the_password()
    {
        var channel = FeedFile.Load(_folder.Write("feed.json", Json("itch50", """,{"address":"a:1","user":"me","password":"hunter2"}"""))).Channels[0];
        Assert.Contains("Glimpse = a:1", channel.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", channel.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_CME_channel_has_no_such_images() => Assert.Contains(
        "glimpse", Assert.Throws<ConfigurationException>(() => FeedFile.Load(_folder.Write("feed.json", Json("cme-mdp3", ",\"a:1\"")))).Message, StringComparison.Ordinal);

    private GlimpseEndpoint? Load(string glimpse) => FeedFile.Load(_folder.Write("feed.json", Json("itch50", $",{glimpse}"))).Channels[0].Glimpse;

    private static string Json(string protocol, string glimpse) =>
        $$"""{"channels":[{"name":"x","protocol":"{{protocol}}","incremental":{"a":"224.0.31.1:1"}{{(glimpse.Length == 0 ? "" : $",\"glimpse\":{glimpse[1..]}")}}}]}""";
}
