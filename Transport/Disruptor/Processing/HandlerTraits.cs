namespace Disruptor.Processing;

/// <summary>What a handler's type says about it.</summary>
internal static class HandlerTraits
{
    /// <summary>Whether the handler overrides <see cref="IValueEventHandler{T}.OnBatchStart"/>; if not, no batch pays for the call.</summary>
    public static bool ImplementsOnBatchStart<T>(IValueEventHandler<T> handler)
        where T : struct
    {
        var map = handler.GetType().GetInterfaceMap(typeof(IValueEventHandler<T>));
        var index = Array.FindIndex(map.InterfaceMethods, method => method.Name == nameof(IValueEventHandler<T>.OnBatchStart));
        return map.TargetMethods[index]?.DeclaringType != typeof(IValueEventHandler<T>);
    }
}
