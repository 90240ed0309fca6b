namespace FeedHandler.Replay; internal static class Program { internal static int Main() => 0; }
