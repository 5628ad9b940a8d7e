// SPDX-License-Identifier: Apache-2.0
// Tables of both families as one table of each: what analysis, which asks about one family at a time, looks at.
#pragma once

#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

[[nodiscard]] bool has_inet_tables(const ir::Ruleset& ruleset);

/// The same ruleset without tables of the family inet. A rule that no packet of a family can match is left out of the
/// table of that family; numbers of rules stay.
[[nodiscard]] ir::Ruleset split_inet(const ir::Ruleset& ruleset);

}  // namespace nfproof::compiler
