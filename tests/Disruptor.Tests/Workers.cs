using System.Runtime.ExceptionServices;

namespace Disruptor.Tests;

/// <summary>Threads of a test: what one throws, the test throws; one that hangs fails the test.</summary>
internal static class Workers
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    public static void Run(params Action[] bodies)
    {
        var join = Start(bodies);
        join();
    }

    /// <summary>Starts the threads; the result joins them.</summary>
    public static Action Start(params Action[] bodies)
    {
        Exception? thrown = null;
        var threads = Array.ConvertAll(bodies, body => new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref thrown, exception, null);
            }
        })
        { IsBackground = true });
        Array.ForEach(threads, thread => thread.Start());
        return () =>
        {
            var deadline = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
            foreach (var thread in threads)
            {
                while (!thread.Join(50))
                {
                    if (thrown is not null) ExceptionDispatchInfo.Throw(thrown);
                    Assert.True(Environment.TickCount64 < deadline, "a worker hangs");
                }
            }

            if (thrown is not null) ExceptionDispatchInfo.Throw(thrown);
        };
    }

    public static void WaitUntil(Func<bool> condition)
        => Assert.True(SpinWait.SpinUntil(condition, Deadline), "the condition never held");
}
