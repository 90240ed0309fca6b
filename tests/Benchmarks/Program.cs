using BenchmarkDotNet.Running;
using FeedHandler.Benchmarks;

if (args is ["ratios", ..])
{
    return Ratios.Run();
}

BenchmarkSwitcher.FromAssembly(typeof(SbeBookBenchmarks).Assembly).Run(args);
return 0;
