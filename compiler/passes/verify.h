// SPDX-License-Identifier: Apache-2.0
// Pass `verify`: refuses what the kernel refuses when it loads a table (net/netfilter/x_tables.c, mark_source_chains in
// net/ipv4/netfilter/ip_tables.c): loops that a packet can get into, jumps into built-in chains, targets and matches in
// tables or under hooks where they are not allowed. A rule that is refused is taken out.
#pragma once

#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

void verify_loops(ir::Ruleset& ruleset, source::Diagnostics& diagnostics);
void verify_places(ir::Ruleset& ruleset, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
