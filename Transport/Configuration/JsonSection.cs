using System.Text.Json;

namespace FeedHandler.Transport;

/// <summary>A JSON value that knows its file and key path, so that every complaint can name them.</summary>
internal readonly struct JsonSection(string file, string path, JsonElement element)
{
    public string File => file;

    public string Path => path;

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    public ConfigurationException Error(string problem) => new(file, path, problem);

    /// <summary>Complains of the first key that is not among <paramref name="known"/>.</summary>
    public void AllowOnly(params IReadOnlyCollection<string> known)
    {
        Expect(JsonValueKind.Object, "an object { … }");
        foreach (var property in element.EnumerateObject())
        {
            if (known.Contains(property.Name)) continue;
            var nearest = NearestName.Find(property.Name, known);
            throw Child(property.Name, property.Value).Error(nearest is null
                ? $"unknown key; known here: {string.Join(", ", known)}"
                : $"unknown key; did you mean \"{nearest}\"?");
        }
    }

    public JsonSection Required(string key, string purpose)
    {
        Expect(JsonValueKind.Object, "an object { … }");
        return Optional(key) ?? throw Child(key, default).Error($"missing; {purpose}");
    }

    public JsonSection? Optional(string key)
    {
        Expect(JsonValueKind.Object, "an object { … }");
        return element.TryGetProperty(key, out var value) ? Child(key, value) : null;
    }

    public string Text()
    {
        Expect(JsonValueKind.String, "a string");
        return element.GetString()!;
    }

    /// <summary>The string that is there, without a complaint that would repeat what else is; null: none.</summary>
    public string? TryGetText() => element.ValueKind == JsonValueKind.String ? element.GetString() : null;

    /// <summary>One of a few words.</summary>
    public T Word<T>(params IReadOnlyList<(string Word, T Value)> words)
    {
        var text = Text();
        foreach (var (word, value) in words)
        {
            if (word == text) return value;
        }

        throw Error($"unknown word \"{text}\"; known: {string.Join(", ", words.Select(pair => pair.Word))}");
    }

    public int Integer(int min, int max)
    {
        Expect(JsonValueKind.Number, "a number");
        return element.TryGetInt32(out var value) && value >= min && value <= max
            ? value
            : throw Error($"{element.GetRawText()} is out of range; write a whole number from {min} to {max}");
    }

    public bool Boolean() => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error($"expected true or false, found {Describe()}"),
    };

    public IEnumerable<JsonSection> Items()
    {
        Expect(JsonValueKind.Array, "an array [ … ]");
        var (itemFile, itemPath) = (file, path);
        return element.EnumerateArray().Select((item, index) => new JsonSection(itemFile, $"{itemPath}[{index}]", item));
    }

    private JsonSection Child(string key, JsonElement value) => new(file, path.Length == 0 ? key : $"{path}.{key}", value);

    private void Expect(JsonValueKind kind, string description)
    {
        if (element.ValueKind != kind) throw Error($"expected {description}, found {Describe()}");
    }

    private string Describe() => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => $"the string {element.GetRawText()}",
        JsonValueKind.Number => $"the number {element.GetRawText()}",
        _ => element.GetRawText(),
    };
}
