namespace FeedHandler.Simulation;

/// <summary>The simulation itself is tested: it must find bugs that are planted, each within 200 seeds.</summary>
public sealed class CanaryTests(ITestOutputHelper output)
{
    private const int Seeds = 200;
    private const int Steps = 2_500;

    private const string Levels = "Actors/Shards/BookShard.Levels.cs";
    private const string Orders = "Actors/Shards/BookShard.Orders.cs";
    private const string Control = "Actors/Shards/BookShard.Control.cs";
    private const string Subscribed = "Actors/Publishing/SubscribedInstrument.cs";
    private const string Images = "Actors/Publishing/SubscribedInstrument.Images.cs";
    private const string Snapshots = "Actors/Shards/BookShard.Snapshots.cs";
    private const string Shard = "Actors/Shards/BookShard.cs";
    private const string Buffer = "Actors/Recovery/RecoveryBuffer.cs";
    private const string Receiver = "Transport/Rx/ChannelReceiver`1.cs";
    private const string Offering = "Transport/Arbitration/LineArbiter.Offering.cs";
    private const string Draining = "Transport/Arbitration/LineArbiter.Draining.cs";
    private const string Arbiter = "Transport/Arbitration/LineArbiter.cs";

    private static readonly Canary[] All =
    [
        new("an image of levels that is older than needed is taken", Snapshots, "if (channel.Started && Before(lastPacket + 1, levels.RequiredFrom) && !Continues(channel, instrument, lastPacket, sequence))", "if (channel is null)"),
        new("an image of orders that is older than needed is taken", Snapshots, "if (channel.Started && Before(lastPacket + 1, recovery.RequiredFrom))", "if (channel is null)"),
        new("late packets are delivered", Offering, "else if (packet.End <= _expected) verdict = Behind(packet, payload);", "else if (packet.End <= _expected) verdict = Behind(packet, payload) == ArbiterVerdict.Late ? ArbiterVerdict.Deliver : ArbiterVerdict.Duplicate;"),
        new("duplicates are delivered", Arbiter, "from.Counters.Duplicates++;\n                return ArbiterVerdict.Duplicate;", "from.Counters.Duplicates++;\n                return ArbiterVerdict.Deliver;"),
        new("a hole never times out", Draining, "return nowNs - HoleSinceNs() >= _options.ReorderTimeoutNs || IsPassedByAllLines(nowNs);", "return IsPassedByAllLines(nowNs);"),
        new("a jump is believed at once", Offering, "return position > trusted && position - trusted > _options.MaxJump;", "return position < trusted && position - trusted > _options.MaxJump;"),
        new("sequence numbers of packets do not wrap", Arbiter, "private long Delta(ulong sequence) => (long)((sequence - _expected) << _shift) >> _shift;", "private long Delta(ulong sequence) => (long)sequence - (long)(_expected & _mask);"),
        new("packet sequences are compared without regard to the wrap", Shard, "(int)(a - b) < 0", "a < b"),
        new("levels are not suspected after a gap", Control, "if (!Includes(instrument.Levels, to - 1)) SuspectLevels", "if (to == 0) SuspectLevels"),
        new("orders stay Live over a gap", Control, "if (!Includes(instrument.OrderRecovery, to - 1)) LoseOrders", "if (to == 0) LoseOrders"),
        new("any sequence number proves the levels after a gap", Levels, "if (levels.Suspect && follows && (channel.IsPacketBroken || excludesReset || !IsNatural))", "if (levels.Suspect)"),
        new("a channel reset leaves the levels", Control, "if (!Includes(instrument.Levels, packet)) EmptyLevels", "if (packet == 0) EmptyLevels"),
        new("a channel reset leaves the orders", Control, "if (!Includes(instrument.OrderRecovery, packet)) EmptyOrders", "if (packet == 0) EmptyOrders"),
        new("an instrument reset leaves the orders", Control, "if (!Includes(instrument.OrderRecovery, update.PacketSequence)) EmptyOrders", "if (update.PacketSequence == 0) EmptyOrders"),
        new("a new session leaves the books", Control, "OnSessionStart(channel, update.PacketSequence);", "channel.CompleteFrom = update.PacketSequence;"),
        new("an image of orders with missing chunks is taken", Buffer, "public bool IsComplete => Chunks != 0 && _missing == 0;", "public bool IsComplete => Chunks != 0;"),
        new("buffered levels are not replayed on the image", Snapshots, "if (IsOrder(buffered.Kind) || Before(buffered.PacketSequence, levels.RequiredFrom)) continue;", "if (buffered.Kind != UpdateKind.None) continue;"),
        new("the replay of orders is off by one packet", Snapshots, "Before(buffered.PacketSequence, recovery.RequiredFrom) || !Before(lastPacket, buffered.PacketSequence)) continue;", "Before(buffered.PacketSequence, recovery.RequiredFrom) || !Before(lastPacket + 1, buffered.PacketSequence)) continue;"),
        new("orders that the image has are replayed on it", Snapshots, "Before(buffered.PacketSequence, recovery.RequiredFrom) || !Before(lastPacket, buffered.PacketSequence)) continue;", "Before(buffered.PacketSequence, recovery.RequiredFrom)) continue;"),
        new("levels that are ahead of the feed take old updates", Snapshots, "levels.HasAsOf = !channel.Started || Before(channel.PacketSequence, lastPacket);", "levels.HasAsOf = !channel.Started;"),
        new("orders that are ahead of the feed take old updates", Snapshots, "recovery.HasAsOf = !channel.Started || Before(channel.PacketSequence, lastPacket);", "recovery.HasAsOf = !channel.Started;"),
        new("what the buffer overwrites is not required of the image", Buffer, "Require(ref isOrder ? ref owner.OrderRecovery : ref owner.Levels, from);", "_ = (from, isOrder);"),
        new("a snapshot ends an event that goes on", Snapshots, "var isEvent = channel.Started && !channel.InsideEvent;", "var isEvent = channel.Started;"),
        new("the depth of the definition is not used", Control, "if (update.Level != 0) instrument.Outright.SetDepth(update.Level);", ""),
        new("levels are Live without a definition", Shard, "instrument.Definition is null && channel.Options.HasDefinitions;", "instrument.Definition is null && channel.Options.Depth < 0;"),
        new("a level inserted past the depth pushes the wrong one out", "Actors/Books/MbpBook.cs", "var kept = Math.Min(count, levels.Length - 1) - index;", "var kept = Math.Max(0, Math.Min(count, levels.Length - 1) - index - (count == levels.Length ? 1 : 0));"),
        new("DeleteFrom removes one level less", "Actors/Books/MbpBook.cs", "levels[level..count].CopyTo(levels);\n                count -= level;", "levels[index..count].CopyTo(levels);\n                count -= index;"),
        new("an order that changes its price keeps its priority", "Actors/Books/MboCore.cs", "order.Priority = update.Priority;", ""),
        new("a malformed packet makes no gap", Receiver, "            EndMalformedPacket(sequence, skip, receiveTimeNs);", "            _writer.EndPacket();"),
        new("a malformed packet makes a gap only behind what could be read", Receiver, "SetGap(ref _writer.ClaimFirst(), sequence, sequence + 1, GapReason.Malformed);", ""),
        new("an overrun of the ring makes no gap", Receiver, "else if (sequence != _overrunFrom)", "else if (sequence == _overrunFrom)"),
        new("images of the session before are taken", Receiver, "if (isOther) counters.OtherSession++;\n        return isOther;", "return false;"),
        new("a session that began during a silence is not noticed", Receiver, "if (!_startsSession && IsAfterSilence(sendingTimeNs))", "if (_startsSession && IsAfterSilence(sendingTimeNs))"),
        new("an image is believed on its own word", "Transport/Rx/UnprovenImages.cs", "(taken.IsProven || !arbiter.IsAhead(taken.Named, out _))", "(taken.Length >= 0 || !arbiter.IsAhead(taken.Named, out _))"),
        new("a session that begins inside a named gap is not noticed", Offering, "if (!HasTail) _tailNamedNs = 0;", "_tailNamedNs = 0;"),
        new("an order book without orders loses Live and tells nobody", Orders, "SetState(instrument, BookType.ByOrder, Down(channel, BookType.ByOrder), reason);\n            return;", "recovery.State = Down(channel, BookType.ByOrder);\n            return;"),
        new("a slow subscriber gets no image when it has caught up", Subscribed, "if (!_isAbandoned) Choose();", "_levels.NeedsImage = _orders.NeedsImage = false;"),
        new("a slow subscriber is not told the state of its image", Images, "AddState(ref block, BookType.ByOrder, always: true);", "if (!_isBehind) AddState(ref block, BookType.ByOrder, always: true);\n        else _orders.Told = StateOf(BookType.ByOrder);"),
        new("bad news waits for the end of the event", Subscribed, "if (StateOf(book) < view.Told) TellState(book);", "if (StateOf(book) < view.Told && _updatesLeftOut > 0) TellState(book);"),
        new("levels that leave a limited depth are not deleted", Images, "AddLevel(ref block, stamp, bookDepth, side, count - 1, before[count - 1]).Action = BookAction.Delete;", "_ = before[count - 1];"),
        new("a book that was replaced is told as what it was", Subscribed, "        view.NeedsImage = true;\n        Discard(book);\n        OnPending();", "        OnPending();"),
        new("who comes late gets updates without an image", Subscribed, "        if (MustWaitForEndOfEvent) _publisher.Queue(this);\n        else Emit", "        _levels.NeedsImage = _orders.NeedsImage = false;\n        if (MustWaitForEndOfEvent) _publisher.Queue(this);\n        else Emit"),
        new("a batch is sent again while its reader holds it", "Actors/Client/MarketDataBatch.cs", "Volatile.Read(ref _references) <= 0", "Volatile.Read(ref _references) <= 1"),
        new("an image comes in the middle of an event", Subscribed, "Instrument.ChangedInEvent && !_everyUpdate && !_isAbandoned", "Instrument.ChangedInEvent && _everyUpdate && !_isAbandoned"),
        new("trades are lost while a book heals", Shard, "if (update.Action == BookAction.New)", "if (update.Action == BookAction.New && instrument.LevelState == BookState.Live)"),
        new("a book is Live as soon as its orders are recovering", Orders, "if (recovery.State == BookState.Recovering)", "if (recovery.State == BookState.Live)"),
        new("books of a silent channel say Live", Control, "channel.IsSilent = isSilent;", "channel.IsSilent = false;"),
        new("a silence never ends", Receiver, "silence.Code = isSilent ? (byte)1 : (byte)0;", "silence.Code = 1;"),
        new("the loops of a silent channel count as its feed", Receiver, "OnLoopPacket(role, line, payload, header, receiveTimeNs);\n            return;", "OnLoopPacket(role, line, payload, header, receiveTimeNs);\n            _silence.OnHeard(line, clockNs);\n            return;"),
        new("silence is told while packets come", "Transport/Rx/SilenceWatch.cs", "        _heardNs = clockNs;\n", ""),
    ];

    public static TheoryData<string> Names => [.. All.Select(canary => canary.Name)];

    [Theory]
    [InlineData(Arbiter)]
    [InlineData(Shard)]
    public void Without_a_bug_the_recompiled_code_passes(string file)
    {
        var (seed, failure) = CanaryCage.Run(new Canary("no bug", file, "using System.Runtime.CompilerServices;", "using System.Runtime.CompilerServices; "), seeds: 10, Steps);
        Assert.True(failure is null, $"seed {seed}: {failure}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Planted_bug_is_caught(string bug)
    {
        var canary = All.Single(canary => canary.Name == bug);
        var (seed, failure) = CanaryCage.Run(canary, Seeds, Steps);
        output.WriteLine($"{canary}: seed {seed}: {failure}");
        Assert.True(failure is not null, $"not caught within {Seeds} seeds: {canary}");
    }
}
