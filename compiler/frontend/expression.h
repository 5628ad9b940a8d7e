// SPDX-License-Identifier: Apache-2.0
// Packet expressions (`ip saddr 10.0.0.0/8 tcp dport { 22, 80-90 } ct state new`) to predicates. The syntax is the
// match syntax of nftables, with `and`, `or`, `not` and parentheses; `hook input` names a hook.
//
// Entry: `parse_expression`. It refuses fields that the field table does not have and values that a field cannot have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/core.h"
#include "compiler/ir/hook.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {

struct Expression {
  std::optional<ir::Hook> hook;       ///< when the expression names one
  std::optional<ir::Family> family;   ///< when its fields exist in one family only
  std::vector<ir::PredicateId> when;  ///< all of them must be true
};

/// Reads `text`; `name` stands for the file in messages (`--admin`). Nothing when there was an error, which is then in
/// `diagnostics`.
[[nodiscard]] std::optional<Expression> parse_expression(source::SourceManager& sources, std::string name,
                                                         std::string text, ir::PredicatePool& pool,
                                                         source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
