using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FeedHandler.Cli;
using FeedHandler.SelfTest;

namespace FeedHandler.Commands;

/// <summary><c>feedhandler selftest</c>: a user's check of an installation.</summary>
internal static class SelfTestCommand
{
    private const string Examples =
        """
        # sockets, arbitration, decoder, books, recovery and subscribers, in some seconds
        feedhandler selftest
        # the same over the interface that the feeds come on
        feedhandler selftest --interface eth1
        # for a script: exit code 0 or 1, and each step
        feedhandler selftest --json | jq '.steps[] | select(.passed | not)'
        """;

    public static Command Create(Terminal terminal, string? folder = null)
    {
        var networkInterface = new Option<string>("--interface")
        {
            Description = "Interface to send and receive multicast on, by name or IPv4 address",
            HelpName = "IF",
            DefaultValueFactory = _ => "lo",
        };
        var json = new Option<bool>("--json") { Description = "Print the steps as JSON" };
        var command = new ExampleCommand(
            "selftest",
            """
            Check an installation: a bundled synthetic exchange sends two sessions over real multicast sockets, loses and
            swaps packets by a script, and the books must be the exchange's own in the end. Nothing leaves the machine:
            the groups are from 239.192.0.0/14 and hops are limited to the link. Exit code 0: every step passed; 1: one failed.
            """,
            Examples) { networkInterface, json };
        command.SetAction(async (parse, cancellation) =>
        {
            await Task.Yield();
            var place = folder ?? BundledCaptures.FindFolder(SelfTestRun.Capture)
                ?? throw new IOException($"pcaps/{SelfTestRun.Capture}: the bundled capture is neither beside the program nor in a folder above it");
            var watch = Stopwatch.StartNew();
            var steps = await new SelfTestRun(place, parse.GetValue(networkInterface)!, cancellation).RunAsync();
            if (parse.GetValue(json)) PrintJson(steps, watch.Elapsed, terminal);
            else Print(steps, watch.Elapsed, terminal);
            return steps.All(step => step.Passed) ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static void Print(IReadOnlyList<SelfTestStep> steps, TimeSpan elapsed, Terminal terminal)
    {
        var width = steps.Max(step => step.Name.Length);
        foreach (var step in steps) terminal.Out.WriteLine($"{(step.Passed ? "pass" : "FAIL")}  {step.Name.PadRight(width)}  {step.Detail}");
        var failed = steps.Count(step => !step.Passed);
        terminal.Out.WriteLine($"{steps.Count - failed} passed, {failed} failed in {elapsed.TotalSeconds:F1} s");
    }

    private static void PrintJson(IReadOnlyList<SelfTestStep> steps, TimeSpan elapsed, Terminal terminal)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("passed", steps.All(step => step.Passed));
            json.WriteNumber("elapsed_seconds", Math.Round(elapsed.TotalSeconds, 3));
            json.WriteStartArray("steps");
            foreach (var step in steps)
            {
                json.WriteStartObject();
                json.WriteString("name", step.Name);
                json.WriteBoolean("passed", step.Passed);
                json.WriteString("detail", step.Detail);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        terminal.Out.WriteLine(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }
}
