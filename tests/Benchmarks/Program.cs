using BenchmarkDotNet.Running;
using FeedHandler.Benchmarks;

switch (args)
{
    case ["ratios", ..]: return Ratios.Run();
    case ["ring", ..]: return RingRates.Run();
    case ["publishing", ..]: return PublishingRates.Run();
    default:
        BenchmarkSwitcher.FromAssembly(typeof(SbeBookBenchmarks).Assembly).Run(args);
        return 0;
}
