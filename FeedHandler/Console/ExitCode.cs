namespace FeedHandler.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The work failed; the message says which file, offset and why.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the configuration cannot be used; the message names the option or key.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}

/// <summary>The command line cannot be used as it is: the message names the option.</summary>
internal sealed class UsageException(string message) : Exception(message);
