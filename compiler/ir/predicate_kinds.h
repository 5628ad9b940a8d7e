// SPDX-License-Identifier: Apache-2.0
// Kinds of predicates whose answer is no function of a packet's fields: tests that keep state, that read the payload,
// the clock or things beside the packet. Each holds exactly what the kernel's match gets from user space, in its units,
// and says by `kModule` which xtables module it is and by `kAnswer` what is known of its answer without evaluating it.
// `core.h` lists them in `Predicate`.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::ir {

/// How answers of one test hang together.
enum class Answer : std::uint8_t {
  kByPacket,  ///< the same for the same packet wherever it is asked: equal tests, equal answers
  kByRule,    ///< every rule has an answer of its own: it keeps state, or chance decides
};

/// A test that analysis lets answer anything, within `kAnswer`. Negation of one that is `kByPacket` stands in an
/// `AnyOf` around it, so that a test and its negation are never both true.
template <typename T>
concept FreeTest = requires {
  { T::kModule } -> std::convertible_to<std::string_view>;
  { T::kAnswer } -> std::convertible_to<Answer>;
};

// --- Rates, chance and counting --------------------------------------------------------------------------------------

/// Token bucket (net/netfilter/xt_limit.c): true while there is credit. Each rule has a bucket of its own.
struct Limit {
  static constexpr std::string_view kModule = "limit";
  static constexpr Answer kAnswer = Answer::kByRule;
  std::uint32_t average = 0;  ///< cost of a packet in 1/10000 s, as the kernel gets it
  std::uint32_t burst = 5;    ///< packets
  std::uint32_t count = 0;    ///< the rate as canonical text has it: `count` per `unit_seconds`
  std::uint32_t unit_seconds = 1;
  friend bool operator==(const Limit&, const Limit&) = default;
};

/// True for a share of the packets, by chance or by counting (net/netfilter/xt_statistic.c). Each rule counts for
/// itself.
struct Statistic {
  static constexpr std::string_view kModule = "statistic";
  static constexpr Answer kAnswer = Answer::kByRule;
  enum class Mode : std::uint8_t { kRandom, kNth };
  Mode mode = Mode::kRandom;
  std::uint32_t probability = 0;  ///< kRandom: of 2^31
  std::uint32_t every = 0;        ///< kNth: one packet out of `every`
  std::uint32_t packet = 0;       ///< kNth: the first to match, from 0
  bool negated = false;
  friend bool operator==(const Statistic&, const Statistic&) = default;
};

/// One token bucket for each combination of addresses and ports (net/netfilter/xt_hashlimit.c, hashlimit_cfg3). Rules
/// with the same name and family share a table, whose settings are those of the rule that was there first.
struct HashLimit {
  static constexpr std::string_view kModule = "hashlimit";
  static constexpr Answer kAnswer = Answer::kByRule;
  // Bits of `mode`: XT_HASHLIMIT_*.
  static constexpr std::uint32_t kDestinationAddress = 1U << 0;
  static constexpr std::uint32_t kDestinationPort = 1U << 1;
  static constexpr std::uint32_t kSourceAddress = 1U << 2;
  static constexpr std::uint32_t kSourcePort = 1U << 3;
  static constexpr std::uint32_t kInvert = 1U << 4;  ///< `--hashlimit-above`: true when there is no credit
  static constexpr std::uint32_t kBytes = 1U << 5;
  static constexpr std::uint32_t kRateMatch = 1U << 6;
  std::string name;
  std::uint64_t average = 0;  ///< cost of a packet in 1/1000000 s; kBytes: 0xffffffff / (bytes per second / 16 + 1)
  std::uint64_t burst = 0;    ///< packets; kBytes: multiples of the rate of one second, 0: none given
  std::uint32_t mode = 0;
  std::uint32_t size = 0;            ///< buckets of the table, 0: chosen by the kernel
  std::uint32_t max = 0;             ///< entries, 0: chosen by the kernel
  std::uint32_t gc_interval = 1000;  ///< ms
  std::uint32_t expire = 0;          ///< ms without a packet after which an entry goes
  std::uint32_t interval = 0;        ///< s, for kRateMatch
  std::uint8_t source_prefix = 32;
  std::uint8_t destination_prefix = 32;
  friend bool operator==(const HashLimit&, const HashLimit&) = default;
};

/// Lists of addresses with the times when they were seen (net/netfilter/xt_recent.c). Rules with the same name and
/// family share a list.
struct Recent {
  static constexpr std::string_view kModule = "recent";
  static constexpr Answer kAnswer = Answer::kByRule;
  enum class Action : std::uint8_t { kSet, kCheck, kUpdate, kRemove };
  std::string name;
  Action action = Action::kSet;
  bool negated = false;
  bool destination = false;                ///< `--rdest`: the destination address is looked up, else the source
  bool ttl = false;                        ///< `--rttl`: the packet must have the ttl that the entry was made with
  bool reap = false;                       ///< entries older than `seconds` are deleted
  std::uint32_t seconds = 0;               ///< 0: any age
  std::uint32_t hit_count = 0;             ///< 0: any number of times
  std::array<std::uint8_t, 16> mask = {};  ///< in network order; IPv4: the first four bytes
  friend bool operator==(const Recent&, const Recent&) = default;
};

/// True until so many bytes have passed the rule (net/netfilter/xt_quota.c); a copy of a rule starts anew.
struct Quota {
  static constexpr std::string_view kModule = "quota";
  static constexpr Answer kAnswer = Answer::kByRule;
  std::uint64_t bytes = 0;  ///< a packet that is larger than what is left sets it to 0
  bool negated = false;
  friend bool operator==(const Quota&, const Quota&) = default;
};

/// More than `limit` connections from (or to) the block of the packet's address (net/netfilter/xt_connlimit.c,
/// nf_conncount.c). Each rule counts for itself.
struct ConnLimit {
  static constexpr std::string_view kModule = "connlimit";
  static constexpr Answer kAnswer = Answer::kByRule;
  std::uint32_t limit = 0;
  std::uint8_t prefix = 32;  ///< of the block
  bool destination = false;
  bool negated = false;  ///< `--connlimit-upto`: true while there are not more
  friend bool operator==(const ConnLimit&, const ConnLimit&) = default;
};

/// What the connection has carried (net/netfilter/xt_connbytes.c). False without accounting, entry or packets.
struct ConnBytes {
  static constexpr std::string_view kModule = "connbytes";
  static constexpr Answer kAnswer = Answer::kByPacket;
  enum class What : std::uint8_t { kPackets, kBytes, kAveragePacket };
  enum class Direction : std::uint8_t { kOriginal, kReply, kBoth };
  std::uint64_t from = 0;
  std::uint64_t to = ~std::uint64_t{0};
  What what = What::kPackets;
  Direction direction = Direction::kOriginal;
  bool negated = false;  ///< outside of the range; the kernel gets the ends swapped (a range of one value stays)
  friend bool operator==(const ConnBytes&, const ConnBytes&) = default;
};

/// Compares rates that `SampleRate` effects measure (net/netfilter/xt_rateest.c).
struct RateTest {
  static constexpr std::string_view kModule = "rateest";
  static constexpr Answer kAnswer = Answer::kByRule;
  enum class Mode : std::uint8_t { kLess, kEqual, kGreater };
  std::vector<std::string> estimators;  ///< one, or two that are compared with each other
  Mode mode = Mode::kLess;
  bool negated = false;
  bool delta = false;    ///< the rates are subtracted from bps and pps first (not below 0)
  bool bits = false;     ///< the bit rates are compared
  bool packets = false;  ///< the packet rates are compared
  std::array<std::uint32_t, 2> bytes_per_second = {};  ///< of the first and second estimator
  std::array<std::uint32_t, 2> packets_per_second = {};
  friend bool operator==(const RateTest&, const RateTest&) = default;
};

// --- Sets ------------------------------------------------------------------------------------------------------------

/// A set and which addresses, ports, ... of the packet its dimensions are taken from.
struct SetReference {
  std::string name;
  std::uint8_t dimensions = 1;  ///< how many of the list `src,dst,...` were given, at most 6
  std::uint8_t sources = 0;     ///< bit i: dimension i (from 0) is taken from the source
  friend bool operator==(const SetReference&, const SetReference&) = default;
};

/// The packet is in an ipset (net/netfilter/xt_set.c, set_match_v4; net/netfilter/ipset/ip_set_core.c).
struct SetLookup {
  static constexpr std::string_view kModule = "set";
  static constexpr Answer kAnswer = Answer::kByPacket;
  struct Counter {
    enum class Test : std::uint8_t { kNone, kEqual, kNotEqual, kLess, kGreater };
    Test test = Test::kNone;
    std::uint64_t value = 0;
    friend bool operator==(const Counter&, const Counter&) = default;
  };
  SetReference set;
  bool negated = false;
  bool return_nomatch = false;     ///< entries with `nomatch` are true, too
  bool update_counters = true;     ///< of the entry that matched
  bool update_subcounters = true;  ///< of the set of a list:set that matched
  Counter packets;                 ///< compared with those of the entry
  Counter bytes;
  friend bool operator==(const SetLookup&, const SetLookup&) = default;
};

// --- Payload ---------------------------------------------------------------------------------------------------------

/// The packet holds some bytes (net/netfilter/xt_string.c, lib/ts_bm.c, lib/ts_kmp.c).
struct StringTest {
  static constexpr std::string_view kModule = "string";
  static constexpr Answer kAnswer = Answer::kByPacket;
  enum class Algorithm : std::uint8_t { kBoyerMoore, kKnuthMorrisPratt };
  std::string pattern;       ///< 1 to 128 bytes
  std::uint16_t from = 0;    ///< offset from the IP header where the search begins
  std::uint16_t to = 65535;  ///< the last offset at which the pattern may begin
  Algorithm algorithm = Algorithm::kBoyerMoore;
  bool ignore_case = false;
  friend bool operator==(const StringTest&, const StringTest&) = default;
};

/// Numbers at places in the packet (net/netfilter/xt_u32.c).
struct U32Test {
  static constexpr std::string_view kModule = "u32";
  static constexpr Answer kAnswer = Answer::kByPacket;
  enum class Op : std::uint8_t { kAnd, kLeftShift, kRightShift, kAt };
  struct Step {
    Op op = Op::kAnd;
    std::uint32_t number = 0;
    friend bool operator==(const Step&, const Step&) = default;
  };
  struct Range {
    std::uint32_t lo = 0;
    std::uint32_t hi = 0;
    friend bool operator==(const Range&, const Range&) = default;
  };
  struct Test {
    std::uint32_t offset = 0;  ///< of the first number, from the IP header
    std::vector<Step> steps;
    std::vector<Range> values;  ///< the number must be in one of them
    friend bool operator==(const Test&, const Test&) = default;
  };
  std::vector<Test> tests;  ///< all must be true
  friend bool operator==(const U32Test&, const U32Test&) = default;
};

/// A classic BPF program over the packet from its IP header on (net/netfilter/xt_bpf.c): true unless it returns 0.
struct BpfTest {
  static constexpr std::string_view kModule = "bpf";
  static constexpr Answer kAnswer = Answer::kByPacket;
  struct Instruction {  ///< struct sock_filter
    std::uint16_t code = 0;
    std::uint8_t jump_true = 0;
    std::uint8_t jump_false = 0;
    std::uint32_t k = 0;
    friend bool operator==(const Instruction&, const Instruction&) = default;
  };
  std::vector<Instruction> program;
  friend bool operator==(const BpfTest&, const BpfTest&) = default;
};

/// Options of the hop-by-hop or destination options header of IPv6, in this order (net/ipv6/netfilter/ip6t_hbh.c).
struct Ip6OptionList {
  static constexpr std::string_view kModule = "hbh";
  static constexpr Answer kAnswer = Answer::kByPacket;
  static constexpr std::uint16_t kAnyLength = 256;
  struct Option {
    std::uint8_t type = 0;
    std::uint16_t length = kAnyLength;  ///< of its data
    friend bool operator==(const Option&, const Option&) = default;
  };
  bool destination = false;  ///< the destination options header, else hop-by-hop
  std::vector<Option> options;
  friend bool operator==(const Ip6OptionList&, const Ip6OptionList&) = default;
};

/// Addresses of a type 0 routing header of IPv6 (net/ipv6/netfilter/ip6t_rt.c).
struct RoutingAddresses {
  static constexpr std::string_view kModule = "rt";
  static constexpr Answer kAnswer = Answer::kByPacket;
  std::vector<std::array<std::uint8_t, 16>> addresses;
  bool in_any_place = false;  ///< `--rt-0-not-strict`: they stand in this order with others between, else alone
  friend bool operator==(const RoutingAddresses&, const RoutingAddresses&) = default;
};

/// The segment routing header of IPv6, a routing header of type 4 (net/ipv6/netfilter/ip6t_srh.c). False without one,
/// and when more segments are left than it has.
struct SegmentRouting {
  static constexpr std::string_view kModule = "srh";
  static constexpr Answer kAnswer = Answer::kByPacket;
  enum class What : std::uint8_t {
    kNextHeader,
    kLength,  ///< as it stands in the header: in 8 bytes, without the first 8
    kSegmentsLeft,
    kLastEntry,
    kTag,
    kPreviousSegment,  ///< false when all segments are left
    kNextSegment,      ///< false when no segment is left
    kLastSegment,
  };
  enum class Compare : std::uint8_t { kEqual, kGreater, kLess };
  struct Test {
    What what{};
    Compare compare = Compare::kEqual;
    bool negated = false;
    std::uint16_t number = 0;                   ///< for all but the segments
    std::array<std::uint8_t, 16> address = {};  ///< segments: in network order
    std::array<std::uint8_t, 16> mask = {};
    friend bool operator==(const Test&, const Test&) = default;
  };
  std::vector<Test> tests;  ///< all must be true
  friend bool operator==(const SegmentRouting&, const SegmentRouting&) = default;
};

/// The L2TP header behind UDP or IP (net/netfilter/xt_l2tp.c).
struct L2tpTest {
  static constexpr std::string_view kModule = "l2tp";
  static constexpr Answer kAnswer = Answer::kByPacket;
  enum class Type : std::uint8_t { kAny, kControl, kData };
  bool has_tunnel = false;   ///< tested in control packets and all of version 2
  bool has_session = false;  ///< tested in data packets
  std::uint8_t version = 0;  ///< 0: any
  Type type = Type::kAny;
  std::uint32_t tunnel = 0;
  std::uint32_t session = 0;
  friend bool operator==(const L2tpTest&, const L2tpTest&) = default;
};

// --- The connection and what is beside the packet --------------------------------------------------------------------

/// The clock when the packet arrived (net/netfilter/xt_time.c, struct xt_time_info).
struct TimeTest {
  static constexpr std::string_view kModule = "time";
  static constexpr Answer kAnswer = Answer::kByPacket;
  std::uint32_t date_start = 0;  ///< seconds since 1970, both ends belong to it
  std::uint32_t date_stop = 0x7fffffff;
  std::uint32_t day_start = 0;  ///< seconds since midnight, both ends belong to it; stop < start: over midnight
  std::uint32_t day_stop = 86399;
  std::uint32_t monthdays = 0xfffffffe;  ///< bit 1 to 31
  std::uint8_t weekdays = 0xfe;          ///< bit 1 (Monday) to 7
  bool local_time = false;               ///< `--kerneltz`: all of it in the kernel's time zone, else UTC
  bool contiguous = false;               ///< over midnight: the day on which the range began counts
  friend bool operator==(const TimeTest&, const TimeTest&) = default;
};

/// The connection is this node's share (net/netfilter/xt_cluster.c): jhash of the original source address decides.
struct Cluster {
  static constexpr std::string_view kModule = "cluster";
  static constexpr Answer kAnswer = Answer::kByPacket;
  std::uint32_t total_nodes = 1;
  std::uint32_t node_mask = 0;  ///< bit n: node n (from 0) is this one
  std::uint32_t hash_seed = 0;
  friend bool operator==(const Cluster&, const Cluster&) = default;
};

/// The helper of the connection that this one belongs to (net/netfilter/xt_helper.c): only for RELATED ones.
struct HelperTest {
  static constexpr std::string_view kModule = "helper";
  static constexpr Answer kAnswer = Answer::kByPacket;
  std::string name;  ///< the helper's name begins with it; empty: any helper
  friend bool operator==(const HelperTest&, const HelperTest&) = default;
};

/// A label bit of the connection (net/netfilter/xt_connlabel.c). Without a connection it is false, negated true.
struct ConnLabel {
  static constexpr std::string_view kModule = "connlabel";
  static constexpr Answer kAnswer = Answer::kByRule;
  std::uint8_t bit = 0;  ///< at most 127
  bool set = false;      ///< sets the bit, and is true when that was possible
  bool negated = false;
  friend bool operator==(const ConnLabel&, const ConnLabel&) = default;
};

/// The bridge ports of a bridged packet (net/netfilter/xt_physdev.c). False for packets that cross no bridge.
struct BridgePort {
  static constexpr std::string_view kModule = "physdev";
  static constexpr Answer kAnswer = Answer::kByPacket;
  enum class What : std::uint8_t { kIsIn, kIn, kIsOut, kOut, kIsBridged };
  What what = What::kIsBridged;
  std::string port;       ///< for kIn and kOut
  bool wildcard = false;  ///< any name that begins with `port`
  friend bool operator==(const BridgePort&, const BridgePort&) = default;
};

}  // namespace nfproof::ir
