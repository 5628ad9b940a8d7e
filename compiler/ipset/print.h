// SPDX-License-Identifier: Apache-2.0
// Sets as `ipset save`, `ipset list` and `ipset list -output xml` print them.
//
// The kernel prints elements of hash types in the order of its hash table, which chance decides; here they keep the
// order in which they were added. It also doubles `hashsize` when it likes; here it stays as the set was made.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/ipset/element.h"
#include "compiler/ir/set_ops.h"

namespace nfproof::compiler::ipset {

struct PrintOptions {
  ir::SetTime now = 0;
  bool sorted = false;      ///< `-sorted`
  bool names_only = false;  ///< `-name`
  bool terse = false;       ///< `-terse`: no elements
  /// Each rule that refers to a set names it once; null: no rules.
  const std::multiset<std::string, std::less<>>* in_rules = nullptr;
};

/// `create` and `add` lines of one set, or of all: those of type list:set come last.
[[nodiscard]] std::string save_text(const ir::SetTable& sets, std::optional<ir::SetId> only,
                                    const PrintOptions& options = {});
[[nodiscard]] std::string list_text(const ir::SetTable& sets, std::optional<ir::SetId> only,
                                    const PrintOptions& options);
[[nodiscard]] std::string xml_text(const ir::SetTable& sets, std::optional<ir::SetId> only,
                                   const PrintOptions& options);

/// `10.0.0.0/8,tcp:80`, without what the element carries.
[[nodiscard]] std::string element_text(const ir::SetTable& sets, const ir::Set& set, const ir::SetElement& element);
/// The element that a command names, as `ipset test` repeats it.
[[nodiscard]] std::string spec_text(const ir::SetHeader& header, const ElementSpec& spec);

}  // namespace nfproof::compiler::ipset
