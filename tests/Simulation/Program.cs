using FeedHandler.Simulation;

// `dotnet run --project tests/Simulation -- --seeds 2000` runs the simulation; without such options this is a test program.
if (args.Length > 0 && args[0] is "--seeds" or "--seed" or "--figures" or "--simulation") return CommandLine.Run(args);
return args.Any(arg => arg is "-automated" or "@@")
    ? await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args)
    : await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
