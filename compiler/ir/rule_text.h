// SPDX-License-Identifier: Apache-2.0
// A rule as iptables-save writes it, from its surface.
#pragma once

#include <string>
#include <string_view>

#include "compiler/ir/ruleset.h"

namespace nfproof::ir {

/// `[PACKETS:BYTES]`
void append_counters(std::string& out, const Counters& counters);

/// `-A INPUT -p tcp -m tcp --dport 22`: without its target.
void append_rule_matches(std::string& out, std::string_view chain, const Rule& rule);
/// ` -j ACCEPT`, ` -g CHAIN`; nothing for a rule without a target.
void append_rule_target(std::string& out, const Rule& rule);

}  // namespace nfproof::ir
