// SPDX-License-Identifier: Apache-2.0
// Rulesets that were written for nftables, with their counters: tables, chains and rules as they were written, in the
// form of `nft list ruleset`. A rule without a counter statement has its numbers in a remark.
#pragma once

#include <functional>
#include <string>

#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

/// All tables of nftables syntax; empty when there are none.
[[nodiscard]] std::string nft_listing(const ir::Ruleset& ruleset,
                                      const std::function<ir::Counters(ir::RuleRef)>& counters_of);

}  // namespace nfproof::backends
