using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>Binds threads to CPUs.</summary>
public static unsafe class CpuAffinity
{
    private const int MaxCpus = 4096, BitsPerWord = 64;

    /// <summary>Tries whether a thread of this process can be bound to a CPU; no thread is bound then.</summary>
    /// <exception cref="TransportException">There is no such CPU, or this process may not use it.</exception>
    public static void Check(int cpu)
    {
        TransportException? problem = null;
        var thread = new Thread(() =>
        {
            try
            {
                Pin(cpu);
            }
            catch (TransportException exception)
            {
                problem = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (problem is not null) throw problem;
    }

    /// <summary>Binds the calling thread to one CPU. Only for threads of one's own: the binding stays.</summary>
    /// <exception cref="TransportException">There is no such CPU, or this process may not use it.</exception>
    public static void Pin(int cpu)
    {
        if (!OperatingSystem.IsLinux()) throw new TransportException($"cpu {cpu}", "binding to a CPU needs Linux");
        var mask = stackalloc ulong[MaxCpus / BitsPerWord];
        new Span<ulong>(mask, MaxCpus / BitsPerWord).Clear();
        if (cpu is >= 0 and < MaxCpus) mask[cpu / BitsPerWord] = 1UL << (cpu % BitsPerWord);
        if (Libc.SetAffinity(0, MaxCpus / 8, mask) != 0)
            throw TransportException.OfKernel($"cpu {cpu}", Marshal.GetLastPInvokeError(), $"there are {Environment.ProcessorCount} that this process may use; taskset -cp $$ lists them");
    }
}
