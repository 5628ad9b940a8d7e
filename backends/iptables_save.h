// SPDX-License-Identifier: Apache-2.0
// Ruleset to canonical iptables-save text: what the kernel's own tool would print back after loading it. Header
// comments are not printed. Tables stand in the order of the ruleset, built-in chains in the order of the hooks, user
// chains by name.
#pragma once

#include <functional>
#include <string>

#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

struct SaveOptions {
  /// Rule counters, as `iptables-save -c` prints them; without, chains have `[0:0]` and rules nothing.
  bool counters = false;
  /// Where the counters come from; the place past the last rule of a built-in chain is its policy. Empty: what was
  /// read.
  std::function<ir::Counters(ir::RuleRef)> counters_of;
};

/// All tables of the family.
[[nodiscard]] std::string save_text(const ir::Ruleset& ruleset, ir::Family family, const SaveOptions& options = {});

/// One table, from `*NAME` to `COMMIT`.
[[nodiscard]] std::string save_table_text(const ir::Ruleset& ruleset, ir::TableId table,
                                          const SaveOptions& options = {});

/// One rule without counters: `-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT`.
[[nodiscard]] std::string save_rule_text(const ir::Ruleset& ruleset, ir::RuleRef rule);

}  // namespace nfproof::backends
