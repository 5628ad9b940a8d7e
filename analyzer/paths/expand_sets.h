// SPDX-License-Identifier: Apache-2.0
// A look-up in a set that stays as it is asks for addresses, ports, interfaces and marks of the packet alone: it
// becomes field tests, so that everything that reasons about packets understands it. Look-ups in sets that packets
// change, whose elements expire or that are too large (`ir::is_fixed`) stay what they are: tests that may answer
// anything.
#pragma once

#include <optional>

#include "compiler/ir/ruleset.h"
#include "compiler/ir/set.h"

namespace nfproof::analyzer {

/// The ruleset with such look-ups replaced; nothing when there are none. Ids of predicates and places of rules stay.
[[nodiscard]] std::optional<ir::Ruleset> expand_sets(const ir::Ruleset& ruleset, const ir::SetTable& sets);

/// Is there a look-up in a set that is known and cannot be expanded?
[[nodiscard]] bool has_open_sets(const ir::Ruleset& ruleset, const ir::SetTable& sets);

}  // namespace nfproof::analyzer
