// SPDX-License-Identifier: Apache-2.0
// What the simulator says about one packet: where it ended, which rule decided, what it looked like before and after,
// and what had to be assumed on the way. Plain values; `replay.h` makes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/core.h"
#include "compiler/ir/packet.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::sim {

/// Seconds and nanoseconds of a packet as one number of nanoseconds.
using Nanoseconds = std::int64_t;

/// How the way of a packet ended.
enum class Disposition : std::uint8_t {
  kAccepted,   ///< through all chains: delivered, forwarded or sent
  kDropped,    ///< by a rule, a policy, or a match that drops packets it cannot read (`Result::reason` says so)
  kRejected,   ///< dropped and answered
  kQueued,     ///< waits for user space
  kDiscarded,  ///< by the kernel itself, before or between the chains: `Result::reason`
  kHeld,       ///< a fragment that waits for the others
  kNotIp,      ///< no IPv4 or IPv6 packet: no chain sees it
};

/// One rule that was looked at. A policy that decided stands here too (`RuleRef` past the last rule, matched).
struct RuleVisit {
  ir::RuleRef rule;
  bool matched = false;
  std::size_t failed = 0;  ///< index into `Rule::when` of the first condition that was not true, when not matched
  bool hotdrop = false;    ///< that condition dropped the packet: its header is cut short
};

/// What one base chain decided.
struct ChainDecision {
  ir::ChainId chain{};
  ir::Fate fate;
};

/// A LOG or NFLOG rule that was hit. `packet` is the packet as it was at that moment.
struct LogEvent {
  ir::RuleRef rule;
  std::string prefix;
  std::optional<std::uint16_t> nflog_group;
  std::string line;  ///< with `SimOptions::log_lines`: what the kernel's log shows, or would show for NFLOG
};

/// An answer that does not follow from the packet: a match or target without semantics, or a random one.
struct Assumption {
  std::optional<ir::RuleRef> rule;  ///< nothing: no rule asked for it
  std::string module;
  std::string arguments;
  bool answer = false;  ///< for matches; targets without semantics are taken to do nothing to the packet
  bool is_target = false;
};

/// `Assumption::module` of a source port that had to change because another connection has it: the kernel takes a
/// random one, the simulator the first that is free.
inline constexpr std::string_view kPortChoice = "port";

/// `Assumption::module` of a helper that could not read the data of a packet because the capture cut it off.
inline constexpr std::string_view kHelperBlind = "helper";

/// How many transport checksums were looked at, and found wrong.
struct ChecksumCount {
  std::uint64_t looked_at = 0;
  std::uint64_t wrong = 0;
};

/// What became of the answers of REJECT.
struct AnswerCount {
  std::uint64_t sent = 0;
  std::uint64_t stopped = 0;    ///< by rules of OUTPUT or POSTROUTING, or without a way to their receiver
  std::uint64_t held_back = 0;  ///< by the kernel's limit of ICMP errors
};

struct Result {
  Disposition disposition = Disposition::kNotIp;
  /// The hook that decided: INPUT, FORWARD or OUTPUT when the packet got that far and was accepted, else where it died.
  ir::Hook hook = ir::Hook::kPrerouting;
  ir::VerdictKind verdict = ir::VerdictKind::kAccept;  ///< kAccept, kDrop, kReject or kQueue
  /// The rule (or policy) that decided. For an accepted packet that of the filter table at `hook`, or of the last table
  /// that the packet met; nothing when no chain saw it.
  std::optional<ir::RuleRef> decided_by;
  bool filtered = false;     ///< was it the filter table?
  std::uint32_t length = 0;  ///< of the IP packet as it came, by its header
  std::string reason;        ///< for kDiscarded, kHeld, kNotIp and drops by a match: why; a phrase for people

  ir::Packet before;                ///< as it came, with the connection state it was given
  ir::Packet after;                 ///< as it left or died: rewritten addresses, marks, ttl, interface it leaves by
  std::vector<std::uint8_t> bytes;  ///< the IP packet as it left or died, checksums updated
  /// When it leaves as fragments: those. `bytes` is then what they were cut from.
  std::vector<std::vector<std::uint8_t>> pieces;
  bool rewritten = false;  ///< are the bytes other than those that came in?
  bool cut_short = false;  ///< the capture holds less than the packet had

  std::vector<ChainDecision> decisions;  ///< every base chain that it met, in order
  std::vector<RuleVisit> trace;          ///< every rule that it met, in order; only with `SimOptions::trace`
  std::vector<LogEvent> logs;
  std::vector<Assumption> assumptions;
  std::vector<std::vector<std::uint8_t>> answers;  ///< of REJECT, as they come to OUTPUT; with `SimOptions::replies`
};

}  // namespace nfproof::sim
