using System.CommandLine.Parsing;
using System.Globalization;

namespace FeedHandler.Replay.Commands;

/// <summary>Probabilities on the command line: a point is the decimal sign, a comma is none, whatever the user's language.</summary>
internal static class Probabilities
{
    public static double[] Parse(ArgumentResult result)
    {
        var values = new double[result.Tokens.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (double.TryParse(result.Tokens[i].Value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out values[i]) && values[i] is >= 0 and <= 1) continue;
            result.AddError($"{(result.Parent as OptionResult)?.IdentifierToken?.Value}: \"{result.Tokens[i].Value}\" is not a part from 0 to 1, such as 0.01; A's and B's stand apart: 0.05 0.01");
            return [];
        }

        return values;
    }
}
