// SPDX-License-Identifier: Apache-2.0
// The core: what a rule means. Every match lowers to predicates of a small closed set, every target to effects and one
// verdict. Equal predicates share one id in a `PredicatePool`, so engines can encode or evaluate each of them once.
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

#include "compiler/ir/field.h"
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

/// Token bucket (net/netfilter/xt_limit.c): true while there is credit. Each rule has a bucket of its own.
struct Limit {
  std::uint32_t average = 0;  ///< cost of a packet in 1/10000 s, as the kernel gets it
  std::uint32_t burst = 5;    ///< packets
  std::uint32_t count = 0;    ///< the rate as canonical text has it: `count` per `unit_seconds`
  std::uint32_t unit_seconds = 1;
  friend bool operator==(const Limit&, const Limit&) = default;
};

/// True for a share of the packets, by chance or by counting (net/netfilter/xt_statistic.c). Each rule counts for
/// itself.
struct Statistic {
  enum class Mode : std::uint8_t { kRandom, kNth };
  Mode mode = Mode::kRandom;
  std::uint32_t probability = 0;  ///< kRandom: of 2^31
  std::uint32_t every = 0;        ///< kNth: one packet out of `every`
  std::uint32_t packet = 0;       ///< kNth: the first to match, from 0
  bool negated = false;
  friend bool operator==(const Statistic&, const Statistic&) = default;
};

/// A match that is known to parse and has no semantics here. Analysis treats it as a free boolean, the simulator asks
/// for a choice, and the user is told.
struct Opaque {
  std::string module;
  std::string arguments;  ///< canonical text, so that equal tests are equal predicates
  bool stateful = false;  ///< may answer differently for the same packet: every rule has an answer of its own
  friend bool operator==(const Opaque&, const Opaque&) = default;
};

using Predicate = std::variant<FieldTest, AnyOf, SctpChunks, Limit, Statistic, Opaque>;

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

// --- Effects ---------------------------------------------------------------------------------------------------------

/// field = (field & ~mask) ^ value: MARK, CONNMARK --set-xmark, TOS, DSCP. A field that is not there is left alone.
struct SetField {
  FieldId field{};
  std::uint32_t value = 0;
  std::uint32_t mask = 0xffffffff;
  friend bool operator==(const SetField&, const SetField&) = default;
};

/// CONNMARK --save-mark / --restore-mark (net/netfilter/xt_connmark.c):
/// save: ct.mark = (ct.mark & ~ctmask) ^ (meta.mark & nfmask); restore: meta.mark = (meta.mark & ~nfmask) ^ (ct.mark &
/// ctmask).
struct CopyMark {
  bool save = false;
  std::uint32_t ctmask = 0xffffffff;
  std::uint32_t nfmask = 0xffffffff;
  friend bool operator==(const CopyMark&, const CopyMark&) = default;
};

/// NOTRACK, CT --notrack: a packet without a conntrack entry gets the state UNTRACKED.
struct Notrack {
  friend bool operator==(const Notrack&, const Notrack&) = default;
};

/// LOG (net/netfilter/xt_LOG.c).
struct Log {
  std::string prefix;
  std::uint8_t level = 4;  ///< syslog(3) number
  std::uint8_t flags = 0;  ///< XT_LOG_* of include/uapi/linux/netfilter/xt_LOG.h
  friend bool operator==(const Log&, const Log&) = default;
};

/// NFLOG (net/netfilter/xt_NFLOG.c).
struct Nflog {
  std::string prefix;
  std::uint16_t group = 0;
  std::optional<std::uint32_t> snaplen;  ///< bytes handed over (--nflog-size, --nflog-range)
  std::uint16_t threshold = 0;           ///< 0: default
  friend bool operator==(const Nflog&, const Nflog&) = default;
};

/// Sets up the translation of a connection (net/netfilter/nf_nat_core.c). The verdict beside it is accept.
struct Nat {
  enum class Kind : std::uint8_t { kSnat, kDnat, kMasquerade, kRedirect };
  Kind kind{};
  std::optional<Interval> addresses;  ///< absent: the address stays (or the interface's, for masquerade and redirect)
  std::optional<Interval> ports;      ///< absent: the port stays where possible
  std::uint16_t base_port = 0;        ///< DNAT port shifting (`--to-destination a:1000-2000/3000`), 0: none
  bool random = false;
  bool random_fully = false;
  bool persistent = false;
  friend bool operator==(const Nat&, const Nat&) = default;
};

/// TCPMSS (net/netfilter/xt_TCPMSS.c). Without `mss`: clamp to the path MTU.
struct SetTcpMss {
  std::optional<std::uint16_t> mss;
  friend bool operator==(const SetTcpMss&, const SetTcpMss&) = default;
};

/// A target that is known to parse and has no semantics here; what it does to the packet is not known.
struct OpaqueEffect {
  std::string module;
  std::string arguments;
  friend bool operator==(const OpaqueEffect&, const OpaqueEffect&) = default;
};

using Effect = std::variant<SetField, CopyMark, Notrack, Log, Nflog, Nat, SetTcpMss, OpaqueEffect>;

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
  ChainId chain{};          ///< for kJump and kGoto
  RejectWith reject{};      ///< for kReject
  std::uint16_t queue = 0;  ///< for kQueue
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// Upper case: ACCEPT, DROP, REJECT, RETURN, JUMP, GOTO, QUEUE, CONTINUE.
[[nodiscard]] std::string_view verdict_name(VerdictKind kind);
/// As iptables spells it: `icmp-port-unreachable`, `tcp-reset`...
[[nodiscard]] std::string_view reject_name(RejectWith reject);

}  // namespace nfproof::ir
