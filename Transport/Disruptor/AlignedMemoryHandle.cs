using System.Runtime.InteropServices;

namespace Disruptor;

/// <summary>Zeroed memory, aligned to a huge page when it is as large as one, else to a pair of cache lines.</summary>
internal sealed unsafe partial class AlignedMemoryHandle : SafeHandle
{
    private const nuint HugePageBytes = 2 << 20;
    private const int AdviceHugePage = 14; // MADV_HUGEPAGE

    private AlignedMemoryHandle(void* memory)
        : base(invalidHandleValue: 0, ownsHandle: true)
    {
        SetHandle((nint)memory);
    }

    public override bool IsInvalid => handle == 0;

    public static AlignedMemoryHandle Allocate(nuint sizeBytes)
    {
        if (sizeBytes < HugePageBytes) return new AlignedMemoryHandle(Cleared(NativeMemory.AlignedAlloc(sizeBytes, CacheLine.PairBytes), sizeBytes));

        // Whole pages, advised before the first touch. A kernel without huge pages says no and small ones serve.
        var wholePages = (sizeBytes + HugePageBytes - 1) & ~(HugePageBytes - 1);
        var memory = NativeMemory.AlignedAlloc(wholePages, HugePageBytes);
        if (OperatingSystem.IsLinux()) _ = Advise(memory, wholePages, AdviceHugePage);
        return new AlignedMemoryHandle(Cleared(memory, sizeBytes));
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }

    private static void* Cleared(void* memory, nuint sizeBytes)
    {
        NativeMemory.Clear(memory, sizeBytes);
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
