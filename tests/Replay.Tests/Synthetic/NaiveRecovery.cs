using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Tests.Synthetic;

/// <summary>
/// Recovery without states: with the whole capture at hand, take the last complete image of each instrument and apply
/// what came after it. What is left to check is the data, not a machine.
/// </summary>
internal static class NaiveRecovery
{
    public static NaiveReceiver Run(CaptureFile capture, int version, uint firstSequence)
    {
        var receiver = new NaiveReceiver(version);
        receiver.ReadDefinitions(Both(capture, CmeFeed.Definitions));
        Dictionary<int, uint> levels = TakeLevels(capture, receiver, firstSequence);
        Dictionary<int, uint> orders = TakeOrders(capture, receiver, firstSequence);
        foreach ((uint place, byte[] packet) in capture.Merged(firstSequence))
        {
            receiver.Apply(packet, skip: id => place < levels.GetValueOrDefault(id), skipOrders: id => place < orders.GetValueOrDefault(id), keepOnReset: true);
        }

        return receiver;
    }

    /// <summary>Returns, by instrument, the place of the first packet that the image does not include.</summary>
    private static Dictionary<int, uint> TakeLevels(CaptureFile capture, NaiveReceiver receiver, uint firstSequence)
    {
        var next = new Dictionary<int, uint>();
        foreach ((uint last, int id, byte[] message) in NaiveReceiver.SnapshotsIn(Both(capture, CmeFeed.Snapshot)))
        {
            uint place = unchecked(last - firstSequence + 1);
            if (next.TryGetValue(id, out uint before) && place <= before) continue;
            next[id] = place;
            receiver.TakeSnapshot(message);
        }

        return next;
    }

    private static Dictionary<int, uint> TakeOrders(CaptureFile capture, NaiveReceiver receiver, uint firstSequence)
    {
        var next = new Dictionary<int, uint>();
        var images = NaiveReceiver.OrderSnapshotsIn(Both(capture, CmeFeed.MboSnapshot))
            .DistinctBy(s => (s.Id, s.Last, s.Chunk))
            .GroupBy(s => (s.Id, Place: unchecked(s.Last - firstSequence + 1)))
            .Where(image => image.Count() == image.First().Chunks)
            .OrderBy(image => image.Key.Place);
        foreach (var image in images)
        {
            next[image.Key.Id] = image.Key.Place;
            foreach (var chunk in image.OrderBy(s => s.Chunk)) receiver.TakeOrders(chunk.Message);
        }

        return next;
    }

    private static IEnumerable<byte[]> Both(CaptureFile capture, CmeFeed feed) => capture.Frames.Where(f => f.Feed == feed).Select(f => f.Payload);
}
