namespace FeedHandler.Codecs;

/// <summary>Marks code that runs for every packet or every update.</summary>
/// <remarks>
/// Such a body allocates nothing, takes no lock, writes no log, throws nothing and loops only within a bound.
/// Cold branches are separate methods marked <c>NoInlining</c>. <c>tests/Tidy</c> reads every marked body.
/// </remarks>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Constructor)]
public sealed class HotPathAttribute : Attribute;
