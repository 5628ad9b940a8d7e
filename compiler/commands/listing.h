// SPDX-License-Identifier: Apache-2.0
// Tables as `iptables -L` and `iptables -S` print them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

/// The options of `iptables -L`.
struct ListFormat {
  bool counters = false;      ///< -v: also the interfaces
  bool numeric = false;       ///< -n
  bool exact = false;         ///< -x
  bool line_numbers = false;  ///< --line-numbers
  bool one_line = false;      ///< a rule alone, as `iptables -v -A` shows what it does
};

/// A chain to list. `base` is null for user chains.
struct ListedChain {
  std::string_view name;
  const ir::BaseChain* base = nullptr;
  ir::Counters counters;
  std::size_t references = 0;  ///< of a user chain
};

/// `Chain INPUT (policy ACCEPT ...)` and the line of column headings.
void append_list_header(std::string& out, const ListedChain& chain, const ListFormat& format);

/// Where a rule stands, for its modules.
struct RulePlace {
  ir::Family family{};
  std::string_view table;
  std::string_view chain;
};

/// One line for a rule; `number` is its place in the chain, from 1.
void append_list_rule(std::string& out, const ir::Rule& rule, const ir::Counters& counters, std::size_t number,
                      const RulePlace& place, const ListFormat& format);

}  // namespace nfproof::compiler
