// SPDX-License-Identifier: Apache-2.0
// What tests can answer that ask for things beside the packet: the user of the socket that sent it, the bridge port
// that it came by.
#pragma once

#include <string>
#include <vector>

#include "analyzer/paths/encoder.h"
#include "compiler/ir/host.h"

namespace nfproof::analyzer {

/// Which answers go together, for the tests that the encoder has met so far.
[[nodiscard]] FormulaId outside_facts(Encoder& encoder, const ir::Ruleset& ruleset, const ir::Host& host);

/// Tests of the rule that no packet answers: `owner --uid-owner www-data`.
void add_outside_tests(const ir::Ruleset& ruleset, const ir::Host& host, ir::RuleRef rule,
                       std::vector<std::string>& texts);

}  // namespace nfproof::analyzer
