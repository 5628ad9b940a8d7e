// SPDX-License-Identifier: Apache-2.0
// Makes packets that fulfil wishes: "these predicates true, those false". Fields are chosen one by one from a few
// telling values (ends of ranges, their neighbours, values that nobody mentions), so it is fast and may fail where a
// solver would not.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analyzer/finding.h"
#include "analyzer/paths/concrete_walk.h"
#include "analyzer/paths/interface_classes.h"

namespace nfproof::analyzer {

struct Wish {
  ir::PredicateId predicate{};
  ir::RuleRef place;
  bool truth = true;
};

struct Candidate {
  ir::Packet packet;
  std::vector<Choice> choices;
};

class CandidateMaker {
 public:
  CandidateMaker(const ir::Ruleset& ruleset, ir::Family family, const ir::Host* host,
                 const InterfaceClasses& interfaces);

  /// A packet as it enters the base chain. Different variants prefer different values.
  [[nodiscard]] std::optional<Candidate> make(ir::ChainId base, std::span<const Wish> wishes, unsigned variant) const;

  /// Fills in what a real packet of this kind has and nobody asked for: lengths, ttl, connection tuples...
  void complete(ir::Packet& packet, bool before_tracking) const;

 private:
  const ir::Ruleset& ruleset_;
  ir::Family family_;
  const ir::Host* host_;
  const InterfaceClasses& interfaces_;
  ConcreteWalk walker_;
};

}  // namespace nfproof::analyzer
