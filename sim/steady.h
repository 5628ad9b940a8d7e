// SPDX-License-Identifier: Apache-2.0
// Which tests and effects of a ruleset do the same for every packet of a connection and direction that comes by the
// same interface with the same marks and state: they look at nothing else, remember nothing and leave no trace but in
// marks. `known_ways.h` relies on it; what is not known to be steady is not.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "compiler/ir/ruleset.h"
#include "compiler/ir/set.h"

namespace nfproof::sim {

class Steadiness {
 public:
  /// `sets` may be null: there are none.
  Steadiness(const ir::Ruleset& ruleset, const ir::SetTable* sets);

  [[nodiscard]] bool is_steady(ir::PredicateId id) const { return tests_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] static bool is_steady(const ir::Effect& effect);

  /// Bytes of the same class are the same to every test of the ruleset.
  using Classes = std::array<std::uint8_t, 256>;
  [[nodiscard]] const Classes& tcp_flags() const { return tcp_flags_; }
  [[nodiscard]] const Classes& tos() const { return tos_; }
  /// The bits of the status of connections that may matter.
  [[nodiscard]] std::uint32_t status_mask() const { return status_mask_; }

 private:
  std::vector<bool> tests_;  // by predicate
  Classes tcp_flags_{};
  Classes tos_{};
  std::uint32_t status_mask_ = 0;
};

}  // namespace nfproof::sim
