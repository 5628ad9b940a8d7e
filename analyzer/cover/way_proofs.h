// SPDX-License-Identifier: Apache-2.0
// Proofs that no packet gets to a rule, whichever way it takes through the host: all base chains on the way are
// followed by diagrams, with the marks that they set and the destinations that they write. What connections remember
// (how their packets are translated, marks of connections) may be anything, so "no packet" is certain.
#pragma once

#include <chrono>
#include <memory>

#include "analyzer/cover/kernel_facts.h"
#include "compiler/ir/host.h"

namespace nfproof::analyzer {

class WayProofs {
 public:
  /// Ruleset and host must outlive the proofs; `time`: for all of them.
  WayProofs(const ir::Ruleset& ruleset, const ir::Host& host, ir::Family family, const Tracking& tracking,
            std::chrono::milliseconds time);
  ~WayProofs();

  /// False also when it could not be decided.
  [[nodiscard]] bool unreachable(ir::RuleRef place);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nfproof::analyzer
