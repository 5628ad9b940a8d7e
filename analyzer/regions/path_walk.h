// SPDX-License-Identifier: Apache-2.0
// One packet along its whole way through the host, base chain by base chain, with what the kernel does between them. It
// knows nothing of diagrams: what they claim is checked here, and then by the simulator at each base chain.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "analyzer/finding.h"
#include "analyzer/paths/concrete_walk.h"
#include "analyzer/regions/way.h"

namespace nfproof::analyzer {

/// A base chain that a packet met: the packet as it entered, and what the chain decided.
struct PathStage {
  ir::ChainId base{};
  ir::Packet packet;
  ir::Fate fate;
};

struct PathEnd {
  ir::VerdictKind verdict = ir::VerdictKind::kAccept;
  std::optional<ir::RuleRef> decider;  ///< nothing: no base chain saw it
  ir::Hook hook{};
  bool elsewhere = false;  ///< such a packet does not come this way
  bool exhausted = false;
  std::vector<PathStage> stages;
  ir::Packet packet;  ///< as it is at the end
};

class PathWalk {
 public:
  /// What an address or port becomes that is one of a range: asked for the rule and the field.
  using Picker = std::function<std::optional<ir::u128>(ir::RuleRef, ir::FieldId)>;

  /// `host`: known for certain, or null.
  PathWalk(const ir::Ruleset& ruleset, const ir::Host* host) : ruleset_(ruleset), host_(host), walk_(ruleset, host) {}

  /// `packet` as it enters the host (or leaves a process); its output interface as it will be routed.
  [[nodiscard]] PathEnd walk(ir::Packet packet, HostWay way, std::span<const Choice> choices,
                             const Picker& picker) const;

 private:
  [[nodiscard]] bool route(ir::Packet& packet, HostWay way) const;
  void translate(ir::Packet& packet, const PathStage& stage, const Picker& picker) const;

  const ir::Ruleset& ruleset_;
  const ir::Host* host_;
  ConcreteWalk walk_;
};

}  // namespace nfproof::analyzer
