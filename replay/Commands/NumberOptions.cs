using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FeedHandler.Replay.Commands;

/// <summary>Options that take numbers with fractions: a point is the decimal sign, and a comma is none, whatever the user's language.</summary>
internal static class NumberOptions
{
    private const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The part of the packets that each of two lines loses.</summary>
    public static Option<double[]> Loss() => new("--loss")
    {
        Description = "Part of the packets lost on each line, independently: one number, or A's and B's with a space between, such as 0.05 0.01.",
        Arity = new ArgumentArity(1, 2),
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.Select(token => PartOf(result, "--loss", token))],
    };

    /// <summary>A part or chance, 0 to 1.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">For the help.</param>
    /// <param name="initially">Its value where it is not given; null: 0, of which the help says nothing.</param>
    public static Option<double> Part(string name, string description, double? initially = null) => new(name)
    {
        Description = description,
        CustomParser = result => PartOf(result, name, result.Tokens[0]),
        DefaultValueFactory = initially is { } value ? _ => value : null,
    };

    /// <summary>A number with a lower bound.</summary>
    public static Option<double> AtLeast(double least, string name, string description, double initially) => new(name)
    {
        Description = description,
        CustomParser = result => NumberOf(result, name, result.Tokens[0], least, double.MaxValue, $"a number of at least {least.ToString(CultureInfo.InvariantCulture)}"),
        DefaultValueFactory = _ => initially,
    };

    private static double PartOf(ArgumentResult result, string name, Token token) => NumberOf(result, name, token, 0, 1, "a part from 0 to 1, such as 0.01");

    private static double NumberOf(ArgumentResult result, string name, Token token, double least, double most, string what)
    {
        if (double.TryParse(token.Value, Style, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        result.AddError($"{name}: \"{token.Value}\" is not {what}");
        return least;
    }
}
