using FeedHandler.Actors;
using Spectre.Console;

namespace FeedHandler.Cli;

/// <summary>Shows a run on standard error while it goes on.</summary>
internal static class RunView
{
    private static readonly TimeSpan AnimationPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainStatusPeriod = TimeSpan.FromSeconds(10);

    /// <summary>A progress bar over the bytes of the captures; nothing where it cannot be animated.</summary>
    public static async Task WatchReplayAsync(IFeedRun run, Terminal terminal)
    {
        if (!terminal.ErrorIsRich)
        {
            await EndOf(run);
            return;
        }

        var progress = terminal.ErrorConsole().Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
        await progress.StartAsync(async context =>
        {
            var task = context.AddTask("replaying");
            do
            {
                var status = run.GetStatus();
                task.MaxValue = Math.Max(1, status.BytesTotal);
                task.Value = status.BytesRead;
                task.Description = $"{status.Packets:N0} packets, {status.Updates:N0} updates";
            }
            while (!await EndsWithin(run, AnimationPeriod));
        });
    }

    /// <summary>A line per channel, refreshed in place, or written again from time to time where that cannot be.</summary>
    public static async Task WatchLiveAsync(IFeedRun run, Terminal terminal)
    {
        if (terminal.ErrorIsRich)
        {
            await terminal.ErrorConsole().Live(new Text("")).AutoClear(true).StartAsync(async context =>
            {
                var before = run.GetStatus();
                do
                {
                    var now = run.GetStatus();
                    context.UpdateTarget(new Rows(Lines(now, before, AnimationPeriod).Select(line => new Text(line))));
                    before = now;
                }
                while (!await EndsWithin(run, AnimationPeriod));
            });
            return;
        }

        var last = run.GetStatus();
        while (!await EndsWithin(run, PlainStatusPeriod))
        {
            var now = run.GetStatus();
            foreach (var line in Lines(now, last, PlainStatusPeriod)) await terminal.Error.WriteLineAsync(line);
            last = now;
        }
    }

    /// <summary>A line for each channel, one for each RX core where there are several, and one for packets that never came as far as a channel, where there are any.</summary>
    internal static IEnumerable<string> Lines(FeedStatus now, FeedStatus before, TimeSpan period)
    {
        for (var i = 0; i < now.Channels.Count; i++) yield return Line(now.Channels[i], Earlier(before, i), period);
        for (var i = 0; i < now.RxCores.Count && now.RxCores.Count > 1; i++)
        {
            var (core, earlier) = (now.RxCores[i], i < before.RxCores.Count ? before.RxCores[i] : default);
            yield return $"RX core {i} ({core.Source}): {core.Frames:N0} frames ({(core.Frames - earlier.Frames) / period.TotalSeconds:N0}/s), {core.Updates:N0} updates, dropped before {core.SourceDrops:N0}";
        }

        if (now.SourceDrops != 0)
            yield return $"dropped before they reached us: {now.SourceDrops:N0} packets ({(now.SourceDrops - before.SourceDrops) / period.TotalSeconds:N0}/s)";
    }

    /// <summary>One channel's status, with packet rates over the period since <paramref name="before"/>.</summary>
    internal static string Line(in ChannelStatus now, in ChannelStatus before, TimeSpan period) =>
        $"{now.Name}: A {now.PacketsA:N0} ({(now.PacketsA - before.PacketsA) / period.TotalSeconds:N0}/s), " +
        (now.HasLineB ? $"B {now.PacketsB:N0} ({(now.PacketsB - before.PacketsB) / period.TotalSeconds:N0}/s), " : "") +
        $"gaps {now.Gaps:N0} ({now.LostPackets:N0} {now.SequenceUnit} lost), recoveries {now.Recoveries:N0}, " +
        $"live {now.LiveInstruments:N0} of {now.Instruments:N0} instruments" +
        (now.Requested > 0 ? $", requested {now.Requested:N0} {now.SequenceUnit}, {now.Recovered:N0} recovered" : "") +
        (now.PacketsA + now.PacketsB == 0 ? ", NOTHING RECEIVED YET" : "") +
        (now.SilentSeconds > 0 ? $", SILENT for {now.SilentSeconds:N0} s" : "") +
        (now.SilentLine is { } line ? $", line {line} SILENT" : "") +
        (now.ImageProblem is { } problem ? $", NO IMAGE: {problem}" : "");

    private static ChannelStatus Earlier(FeedStatus status, int channel) => channel < status.Channels.Count ? status.Channels[channel] : default;

    private static async Task EndOf(IFeedRun run) => await ((Task)run.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static async Task<bool> EndsWithin(IFeedRun run, TimeSpan period)
    {
        using var waiting = new CancellationTokenSource();
        await Task.WhenAny(run.Completion, Task.Delay(period, waiting.Token));
        await waiting.CancelAsync();
        return run.Completion.IsCompleted;
    }
}
