// SPDX-License-Identifier: Apache-2.0
// Asks about one packet at one hook: `replay_witness` builds real bytes from field values, decodes them again, puts the
// connection state, marks and interfaces of the witness on top and walks the chains. `evaluate` does the same for a
// single predicate. Nothing is kept from call to call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/host.h"
#include "compiler/ir/packet.h"
#include "compiler/ir/ruleset.h"
#include "compiler/ir/set.h"
#include "sim/result.h"

namespace nfproof::sim {

/// Answers for what does not follow from the packet: Limit, Statistic, Opaque and (for SCTP packets) SctpChunks
/// predicates of a rule. Without one they are false, and chunks are those of the packet that is built.
using Choice = std::function<bool(ir::RuleRef rule, ir::PredicateId predicate)>;

struct WitnessOptions {
  /// Only the base chains of this table; without it all tables of the hook, in order, as long as the packet is
  /// accepted.
  std::optional<ir::TableId> table;
  std::optional<ir::ChainId> base;  ///< only this base chain
  Choice choice;
  /// Look-ups in sets that stay as they are (`ir::is_fixed`) are answered from these and not by `choice`.
  const ir::SetTable* sets = nullptr;
};

struct WitnessReplay {
  /// False when no real packet can have these field values: `problem` says which. The rest is empty then.
  bool buildable = true;
  std::string problem;

  ir::Packet packet;                     ///< as decoded from the bytes, with the forced fields
  std::vector<std::uint8_t> bytes;       ///< the IP packet
  std::vector<RuleVisit> visits;         ///< every rule that it met, in order, with match results
  std::vector<ChainDecision> decisions;  ///< for each base chain that it met
  /// Of the last base chain met; nothing when there is none at the hook.
  std::optional<ir::Fate> fate;
  std::vector<Assumption> assumptions;

  /// Was the rule looked at? Did all its conditions hold?
  [[nodiscard]] bool reached(ir::RuleRef rule) const;
  [[nodiscard]] bool matched(ir::RuleRef rule) const;
};

/// `witness` names family, hook, interfaces and fields; what it leaves open gets a harmless value (ttl 64, no flags but
/// ACK...). Its connection state, status, tuples, marks, packet type, address types and source
/// address of the link are taken as they are; address types that it does not give follow from the host.
[[nodiscard]] WitnessReplay replay_witness(const ir::Ruleset& ruleset, const ir::Host& host, const ir::Packet& witness,
                                           const WitnessOptions& options = {});

/// Do all conditions of the rule hold for the witness, whether it gets there or not? Nothing when the packet cannot be
/// built.
[[nodiscard]] std::optional<bool> rule_fits(const ir::Ruleset& ruleset, const ir::Host& host, ir::RuleRef rule,
                                            const ir::Packet& witness, const WitnessOptions& options = {});

/// The value of one predicate for a witness packet; nothing when the packet cannot be built, or when the test would
/// drop the packet because its header is cut short. Limit, Statistic and Opaque take `otherwise`.
[[nodiscard]] std::optional<bool> evaluate(const ir::PredicatePool& predicates, ir::PredicateId predicate,
                                           const ir::Host& host, const ir::Packet& witness, bool otherwise = false);

}  // namespace nfproof::sim
