// Prints a file of normalised messages (Codecs/Schemas/normalised.xml, version 2), one line for each message and group
// entry. Written from the schema's layout by hand, so that it shares nothing with the code that wrote the bytes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#pragma pack(push, 1)
struct Header { std::uint16_t blockLength, templateId, schemaId, version; };
struct Dimension { std::uint16_t blockLength, numInGroup; };
struct Common {
    std::uint64_t transact, receive, publish, publishSequence, packetSequence, instrumentSequence;
    std::uint32_t instrument; std::uint16_t channel; std::int8_t exponent; std::uint8_t flags;
};
struct BookImage { std::uint8_t state, implied; };
struct Level { std::int64_t price, quantity; std::int32_t orders; };
struct Change { Level to; std::uint8_t action, side, level, implied; };
struct OrderUpdate { std::uint64_t order, priority; std::int64_t price, quantity; std::uint8_t action, side, reduction; };
struct Trade { std::uint64_t id; std::int64_t price, quantity; std::int32_t orders; std::uint8_t action, side; };
struct Participant { std::uint64_t order; std::int64_t quantity; };
struct InstrumentState { std::uint8_t state, reason, book; };
struct Definition {
    std::int64_t increment, factor; std::uint16_t year;
    std::uint8_t month, day, week, action, outrightDepth, impliedDepth, status, feeds;
    char symbol[20], group[6], asset[6], cfi[6], currency[3], settlement[3], type[6], unit[9];
    std::int64_t strike;
};
struct Leg { std::int64_t price; std::uint32_t instrument; std::int32_t ratio; std::uint8_t side; };
struct Status { char group[6], asset[6]; std::uint8_t status, reason, event; };
struct Statistic { std::int64_t price, quantity, low, high, variation; std::uint8_t type, action, settlement, flag; std::uint16_t date; };
struct Gap { std::uint64_t from, to; std::uint8_t reason; };
struct Conflated { std::uint64_t updates, information; };
struct QuoteRequest { std::int64_t quantity; std::uint8_t side, type; };
struct TopOrder { std::uint64_t order, priority; std::int64_t price, quantity; std::uint8_t side; };
struct Workup { std::int64_t price; std::uint32_t link; std::uint8_t status, reason, event; };
struct WorkupOrder { std::uint64_t order; std::uint8_t side, aggressor; };
struct Collateral { std::int64_t price, dirty; std::uint64_t id; char name[12]; std::uint8_t nameSource, priceSource; };
struct Auction { std::int64_t reference, far, near, paired, imbalance; std::uint8_t side, cross; };
struct VenueState { std::uint64_t information; std::int32_t detail; std::uint8_t message, state; };
#pragma pack(pop)
static_assert(sizeof(Common) == 56 && sizeof(Change) == 24 && sizeof(Definition) == 93, "layout of version 2");

static std::vector<char> bytes;
static std::size_t at;

[[noreturn]] static void fail(const char* what) { std::printf("%s at %zu\n", what, at); std::exit(1); }

// Takes a block by its length on the wire, which a later version may have made longer than ours.
template <typename T> static T take(std::size_t offset, std::size_t blockLength) {
    if (blockLength > bytes.size() - at) fail("cut");
    if (blockLength < offset + sizeof(T)) fail("short block");
    T value;
    std::memcpy(&value, bytes.data() + at + offset, sizeof(T));
    at += blockLength;
    return value;
}

template <typename T> static T body(const Header& header) { return take<T>(sizeof(Common), header.blockLength); }

template <typename T, typename Print> static void group(const char* name, Print print) {
    const auto dimension = take<Dimension>(0, sizeof(Dimension));
    for (int i = 0; i < dimension.numInGroup; i++) { std::printf("  %s ", name); print(take<T>(0, dimension.blockLength)); }
}

static std::string number(std::int64_t value) { return value == INT64_MAX ? "null" : std::to_string(value); }
static std::string count(std::int32_t value) { return value == -1 ? "null" : std::to_string(value); }
template <std::size_t N> static std::string text(const char (&value)[N]) { return std::string(value, strnlen(value, N)); }
static void printLevel(const Level& l) { std::printf("%s x %s (%s)\n", number(l.price).c_str(), number(l.quantity).c_str(), count(l.orders).c_str()); }

static void printMessage(const Header& h) {
    switch (h.templateId) {
    case 1: { auto m = body<BookImage>(h); std::printf("BookImage state=%d implied=%d\n", m.state, m.implied); group<Level>("bid", printLevel); group<Level>("ask", printLevel); break; }
    case 2: at += h.blockLength; std::printf("BookUpdate\n");
        group<Change>("change", [](const Change& c) { std::printf("action=%d side=%d level=%d implied=%d ", c.action, c.side, c.level, c.implied); printLevel(c.to); }); break;
    case 3: { auto m = body<OrderUpdate>(h); std::printf("OrderUpdate order=%ju priority=%s price=%s quantity=%jd action=%d side=%d reduction=%d\n", std::uintmax_t(m.order), m.priority == UINT64_MAX ? "null" : std::to_string(m.priority).c_str(), number(m.price).c_str(), std::intmax_t(m.quantity), m.action, m.side, m.reduction); break; }
    case 4: { auto m = body<Trade>(h); std::printf("Trade id=%ju price=%s quantity=%jd orders=%s action=%d side=%d\n", std::uintmax_t(m.id), number(m.price).c_str(), std::intmax_t(m.quantity), count(m.orders).c_str(), m.action, m.side);
        group<Participant>("order", [](const Participant& p) { std::printf("%ju quantity=%jd\n", std::uintmax_t(p.order), std::intmax_t(p.quantity)); }); break; }
    case 5: { auto m = body<InstrumentState>(h); std::printf("InstrumentState state=%d reason=%d book=%d\n", m.state, m.reason, m.book); break; }
    case 6: { auto m = body<Definition>(h); std::printf("Definition increment=%s factor=%s maturity=%d-%d-%dw%d action=%d depth=%d/%d status=%d feeds=%d symbol=%s group=%s asset=%s cfi=%s currency=%s/%s type=%s unit=%s strike=%s\n", number(m.increment).c_str(), number(m.factor).c_str(), m.year, m.month, m.day, m.week, m.action, m.outrightDepth, m.impliedDepth, m.status, m.feeds, text(m.symbol).c_str(), text(m.group).c_str(), text(m.asset).c_str(), text(m.cfi).c_str(), text(m.currency).c_str(), text(m.settlement).c_str(), text(m.type).c_str(), text(m.unit).c_str(), number(m.strike).c_str());
        group<Leg>("leg", [](const Leg& l) { std::printf("%u ratio=%d side=%d price=%s\n", l.instrument, l.ratio, l.side, number(l.price).c_str()); }); break; }
    case 7: { auto m = body<Status>(h); std::printf("Status group=%s asset=%s status=%d reason=%d event=%d\n", text(m.group).c_str(), text(m.asset).c_str(), m.status, m.reason, m.event); break; }
    case 8: { auto m = body<Statistic>(h); std::printf("Statistic type=%c price=%s quantity=%s low=%s high=%s variation=%s action=%d settlement=%d flag=%d date=%d\n", m.type, number(m.price).c_str(), number(m.quantity).c_str(), number(m.low).c_str(), number(m.high).c_str(), number(m.variation).c_str(), m.action, m.settlement, m.flag, m.date); break; }
    case 9: { auto m = body<Gap>(h); std::printf("Gap [%ju, %ju) reason=%d\n", std::uintmax_t(m.from), std::uintmax_t(m.to), m.reason); break; }
    case 10: std::printf("ChannelReset reason=%d\n", body<std::uint8_t>(h)); break;
    case 11: at += h.blockLength; std::printf("Heartbeat\n"); break;
    case 12: { auto m = body<Conflated>(h); std::printf("Conflated updates=%ju information=%ju\n", std::uintmax_t(m.updates), std::uintmax_t(m.information)); break; }
    case 13: { auto m = body<QuoteRequest>(h); std::printf("QuoteRequest quantity=%s side=%d type=%d\n", number(m.quantity).c_str(), m.side, m.type); break; }
    case 14: at += h.blockLength; std::printf("TopOrders\n");
        group<TopOrder>("order", [](const TopOrder& o) { std::printf("%ju priority=%ju price=%s quantity=%jd side=%d\n", std::uintmax_t(o.order), std::uintmax_t(o.priority), number(o.price).c_str(), std::intmax_t(o.quantity), o.side); }); break;
    case 15: { auto m = body<Workup>(h); std::printf("Workup price=%s link=%u status=%d reason=%d event=%d\n", number(m.price).c_str(), m.link, m.status, m.reason, m.event);
        group<WorkupOrder>("order", [](const WorkupOrder& o) { std::printf("%ju side=%d aggressor=%d\n", std::uintmax_t(o.order), o.side, o.aggressor); }); break; }
    case 16: { auto m = body<Collateral>(h); std::printf("CollateralValue price=%s dirty=%s id=%ju name=%s/%d source=%d\n", number(m.price).c_str(), number(m.dirty).c_str(), std::uintmax_t(m.id), text(m.name).c_str(), m.nameSource, m.priceSource); break; }
    case 17: { auto m = body<Auction>(h); std::printf("Auction reference=%s far=%s near=%s paired=%jd imbalance=%jd side=%d cross=%c\n", number(m.reference).c_str(), number(m.far).c_str(), number(m.near).c_str(), std::intmax_t(m.paired), std::intmax_t(m.imbalance), m.side, m.cross); break; }
    case 18: { auto m = body<VenueState>(h); std::printf("VenueState message=%c state=%c detail=%d information=%ju\n", m.message, m.state, m.detail, std::uintmax_t(m.information)); break; }
    default: fail("unknown template");
    }
}

int main(int count, char** arguments) {
    if (count != 2) return 2;
    std::ifstream file(arguments[1], std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
    while (at < bytes.size()) {
        const auto header = take<Header>(0, sizeof(Header));
        if (header.schemaId != 7100 || header.version != 2) fail("other schema");
        const auto start = at;
        const auto c = take<Common>(0, header.blockLength);
        at = start;
        std::printf("#%ju packet=%ju channel=%d instrument=%u/%ju e%d flags=%d times=%ju,%ju,%ju ", std::uintmax_t(c.publishSequence), std::uintmax_t(c.packetSequence), c.channel, c.instrument, std::uintmax_t(c.instrumentSequence), c.exponent, c.flags, std::uintmax_t(c.transact), std::uintmax_t(c.receive), std::uintmax_t(c.publish));
        printMessage(header);
    }
}
