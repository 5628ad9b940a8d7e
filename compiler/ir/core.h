// SPDX-License-Identifier: Apache-2.0
// The core: what a rule means. Every match lowers to predicates of a small closed set, every target to effects and one
// verdict (`predicate_kinds.h`, `effect.h`). Equal predicates share one id in a `PredicatePool`, so engines can encode
// or evaluate each of them once.
//
// A rule matches when its predicates, evaluated in order, are all true; evaluation stops at the first that is false, so
// a stateful predicate is only consulted (and only then changes its state) when all before it are true.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "compiler/ir/effect.h"
#include "compiler/ir/field.h"
#include "compiler/ir/predicate_kinds.h"
#include "compiler/ir/value_set.h"

namespace nfproof::ir {

/// Index into the `PredicatePool` of the ruleset.
enum class PredicateId : std::uint32_t {};
/// Indices into the chains and tables of a `Ruleset`.
enum class ChainId : std::uint32_t {};
enum class TableId : std::uint32_t {};

// --- Predicates ------------------------------------------------------------------------------------------------------

/// The value of a field is (or with `negated` is not) in a set. False when the field is not there
/// (`FieldInfo::presence`). A transport header that is cut short does more: the packet is dropped on the spot
/// (`par->hotdrop` in xt_tcpudp.c, xt_multiport.c, xt_sctp.c, ip_tables.c).
struct FieldTest {
  FieldId field{};
  std::uint16_t argument = 0;  ///< for fields that have one (`field.def`), else 0
  bool negated = false;
  ValueSet values;
  friend bool operator==(const FieldTest&, const FieldTest&) = default;
};

/// Does the answer depend on more than a packet's values? Not when it only asks for a transport header.
[[nodiscard]] bool needs_lookup(const FieldTest& test);

/// At least one of the predicates is true; `negated`: none is. The only way to nest.
struct AnyOf {
  std::vector<PredicateId> any;
  bool negated = false;
  friend bool operator==(const AnyOf&, const AnyOf&) = default;
};

/// Chunks of an SCTP packet (net/netfilter/xt_sctp.c). False when there is no SCTP header.
struct SctpChunks {
  enum class Mode : std::uint8_t { kAny, kAll, kOnly };
  struct FlagTest {
    std::uint8_t chunk_type = 0;
    std::uint8_t mask = 0;
    std::uint8_t value = 0;
    friend bool operator==(const FlagTest&, const FlagTest&) = default;
  };
  Mode mode = Mode::kAny;  ///< `--chunk-types any`, `all` (of those listed), `only` (all of those listed and no others)
  std::array<std::uint32_t, 8> types{};  ///< bit t of the 256-bit map: chunk type t is listed
  std::vector<FlagTest> flags;
  bool negated = false;
  friend bool operator==(const SctpChunks&, const SctpChunks&) = default;
};

/// A match that is known to parse and has no semantics here: it depends on things outside of packet, connection, time
/// and ruleset. Analysis treats it as a free boolean, the simulator asks for a choice, and the user is told.
struct Opaque {
  std::string module;
  std::string arguments;  ///< canonical text, so that equal tests are equal predicates
  bool stateful = false;  ///< may answer differently for the same packet: every rule has an answer of its own
  bool unreadable = false;  ///< the input has an error here, which was told: nobody knows what is tested
  friend bool operator==(const Opaque&, const Opaque&) = default;
};

using Predicate =
    std::variant<FieldTest, AnyOf, SctpChunks, Limit, Statistic, HashLimit, Recent, Quota, ConnLimit, ConnBytes,
                 RateTest, SetLookup, StringTest, U32Test, BpfTest, Ip6OptionList, RoutingAddresses, SegmentRouting,
                 L2tpTest, TimeTest, Cluster, HelperTest, ConnLabel, BridgePort, Opaque>;

/// The xtables module of a test that analysis lets answer anything (`FreeTest`, `SctpChunks`, `Opaque`); empty for
/// field tests and `AnyOf`.
[[nodiscard]] std::string_view module_of(const Predicate& predicate);
/// Has every rule an answer of its own? No for field tests and `AnyOf` (look at its parts).
[[nodiscard]] bool answers_by_rule(const Predicate& predicate);

/// Owns predicates; equal ones get the same id. References stay valid while the pool lives.
class PredicatePool {
 public:
  PredicateId add(Predicate predicate);
  [[nodiscard]] const Predicate& operator[](PredicateId id) const { return all_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  std::deque<Predicate> all_;
  std::unordered_multimap<std::size_t, PredicateId> by_hash_;
};

// --- Verdicts --------------------------------------------------------------------------------------------------------

/// What becomes of the packet when all effects are done. `kContinue`: the next rule.
enum class VerdictKind : std::uint8_t { kContinue, kAccept, kDrop, kReject, kReturn, kJump, kGoto, kQueue };

/// What REJECT answers with (net/ipv4/netfilter/ipt_REJECT.c, net/ipv6/netfilter/ip6t_REJECT.c).
enum class RejectWith : std::uint8_t {
  kIcmpNetUnreachable,
  kIcmpHostUnreachable,
  kIcmpPortUnreachable,
  kIcmpProtoUnreachable,
  kIcmpNetProhibited,
  kIcmpHostProhibited,
  kIcmpAdminProhibited,
  kIcmp6NoRoute,
  kIcmp6AdmProhibited,
  kIcmp6AddrUnreachable,
  kIcmp6PortUnreachable,
  kIcmp6PolicyFail,
  kIcmp6RejectRoute,
  kTcpReset,
};

/// A verdict with what belongs to its kind; the other members keep their defaults.
struct Verdict {
  VerdictKind kind = VerdictKind::kContinue;
  RejectWith reject{};  ///< for kReject
  // For kQueue (net/netfilter/xt_NFQUEUE.c):
  bool bypass = false;            ///< `--queue-bypass`: accepted when nobody listens
  bool cpu_fanout = false;        ///< the processor chooses among several queues, else the hash of the addresses
  std::uint16_t queue = 0;        ///< the first queue
  std::uint16_t more_queues = 0;  ///< `--queue-balance`: how many follow it
  ChainId chain{};                ///< for kJump and kGoto
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// Upper case: ACCEPT, DROP, REJECT, RETURN, JUMP, GOTO, QUEUE, CONTINUE.
[[nodiscard]] std::string_view verdict_name(VerdictKind kind);
/// As iptables spells it: `icmp-port-unreachable`, `tcp-reset`...
[[nodiscard]] std::string_view reject_name(RejectWith reject);

}  // namespace nfproof::ir
