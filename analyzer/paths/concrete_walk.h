// SPDX-License-Identifier: Apache-2.0
// Walks one packet through one base chain, rule by rule, as the kernel does. It knows nothing of formulas: what the
// solver claims is checked here before anybody sees it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analyzer/finding.h"
#include "analyzer/paths/box.h"
#include "compiler/ir/host.h"
#include "compiler/ir/packet.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer {

struct WalkRequest {
  ir::ChainId base{};
  std::span<const Choice> choices;    ///< tests without a certain outcome that are not named are false
  std::optional<ir::RuleRef> target;  ///< stop when it is reached and matches
  bool stop_at_target = true;
  std::span<const ir::RuleRef> disabled;      ///< these rules never match
  std::span<const ir::RuleRef> path;          ///< the jumps that lead to the target
  bool watch_everything = false;              ///< `clean` speaks of the whole walk, not of what follows the target
  std::vector<ir::RuleRef>* asked = nullptr;  ///< gets the rules whose outcome was not certain
};

struct WalkResult {
  ir::Fate fate;
  bool reached = false;  ///< the target was reached and matched
  /// After the target (or from the beginning) no matching rule had effects, no test without a certain outcome was
  /// asked.
  bool clean = true;
  /// The walk took more steps than a packet may cost and was stopped: the fate means nothing, nothing was reached.
  bool exhausted = false;
  /// What kept the packet from the target: the deciding rule and the jumps to it, or the rule that left the path.
  std::vector<ir::RuleRef> blame;
  ir::Packet packet;  ///< as it is at the end
};

/// When packets last came back from each chain. Kept from walk to walk, because there may be more chains than a walk
/// takes steps; a number that grows tells the walks apart.
struct ReturnMemory {
  struct Return {
    std::size_t epoch = 0;
    std::size_t calls = 0;  ///< made by the chain and all below it
  };
  std::vector<Return> by_chain;
  std::size_t epoch = 0;  ///< the last one that was used
};

/// Not for several threads at once.
class ConcreteWalk {
 public:
  ConcreteWalk(const ir::Ruleset& ruleset, const ir::Host* host) : ruleset_(ruleset), host_(host) {}
  /// With boxes, rules that cannot match are stepped over.
  ConcreteWalk(const ir::Ruleset& ruleset, const ir::Host* host, const BoxIndex& boxes,
               const InterfaceClasses& interfaces)
      : ruleset_(ruleset), host_(host), boxes_(&boxes), interfaces_(&interfaces) {}

  [[nodiscard]] WalkResult walk(const ir::Packet& packet, const WalkRequest& request) const;
  [[nodiscard]] bool field_test(const ir::FieldTest& test, const ir::Packet& packet) const;
  /// One predicate; `place` selects among the choices. `asked` is set when the outcome was not certain.
  [[nodiscard]] bool holds(ir::PredicateId id, ir::RuleRef place, const ir::Packet& packet,
                           std::span<const Choice> choices, bool* asked = nullptr) const;
  [[nodiscard]] bool matches(ir::RuleRef rule, const ir::Packet& packet, std::span<const Choice> choices,
                             bool* asked = nullptr) const;
  /// The bits of `kSaddrType` or `kDaddrType` (`field`) with an `AddrTypeScope` as argument.
  [[nodiscard]] std::uint32_t address_type(ir::FieldId field, std::uint16_t argument, const ir::Packet& packet) const;

 private:
  const ir::Ruleset& ruleset_;
  const ir::Host* host_;
  const BoxIndex* boxes_ = nullptr;
  const InterfaceClasses* interfaces_ = nullptr;
  mutable ReturnMemory memory_;
};

}  // namespace nfproof::analyzer
