// SPDX-License-Identifier: Apache-2.0
// The value of predicates for a decoded packet. What does not follow from the packet (limits, statistics, matches
// without semantics) is asked of an `Oracle`.
#pragma once

#include <cstdint>
#include <optional>

#include "compiler/ir/core.h"
#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"
#include "sim/decode.h"

namespace nfproof::sim {

/// Answers for predicates that have a state or no meaning.
class Oracle {
 public:
  virtual ~Oracle() = default;
  virtual bool limit(ir::RuleRef rule, ir::PredicateId id, const ir::Limit& test) = 0;
  virtual bool statistic(ir::RuleRef rule, ir::PredicateId id, const ir::Statistic& test) = 0;
  virtual bool opaque(ir::RuleRef rule, ir::PredicateId id, const ir::Opaque& test) = 0;
  /// For packets that stand for many, whose chunks nobody chose; nothing: look at the packet.
  virtual std::optional<bool> chunks(ir::RuleRef /*rule*/, ir::PredicateId /*id*/) { return std::nullopt; }
};

/// `kHotdrop`: the test could not read its header and drops the packet.
enum class Truth : std::uint8_t { kFalse, kTrue, kHotdrop };

struct EvaluationContext {
  const ir::PredicatePool& predicates;
  const ir::Host& host;
  const DecodedPacket& packet;
  Oracle& oracle;
};

/// `rule` is the rule the predicate stands in: stateful predicates have a state for each.
[[nodiscard]] Truth evaluate_predicate(const EvaluationContext& context, ir::RuleRef rule, ir::PredicateId predicate);

}  // namespace nfproof::sim
