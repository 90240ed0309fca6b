namespace FeedHandler.Transport;

/// <summary>The configuration cannot be used: the message names the file, the key and what to write instead.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">File as the user named it.</param>
    /// <param name="key">Key path such as <c>channels[0].incremental.a</c>, a place such as <c>line 3</c>, or empty for the whole file.</param>
    /// <param name="problem">What is wrong, and what would be right.</param>
    public ConfigurationException(string file, string key, string problem)
        : base(key.Length == 0 ? $"{file}: {problem}" : $"{file}: {key}: {problem}")
    {
        File = file;
        Key = key;
    }

    /// <summary>File as the user named it.</summary>
    public string File { get; }

    /// <summary>Key path or place within the file; empty for the whole file.</summary>
    public string Key { get; }
}
