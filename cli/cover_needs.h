// SPDX-License-Identifier: Apache-2.0
// What tests that count or look at the clock need before they answer as a packet supposes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/finding.h"
#include "compiler/ir/sender.h"
#include "sim/cover/shape.h"
#include "sim/result.h"

namespace nfproof::cli {

/// How many packets of a kind it takes at most.
[[nodiscard]] unsigned packets_needed(const ir::Ruleset& ruleset, const std::vector<analyzer::Choice>& choices);
/// Does chance decide some test of the ruleset? One of these?
[[nodiscard]] bool has_chance(const ir::Ruleset& ruleset);
[[nodiscard]] bool needs_luck(const ir::Ruleset& ruleset, const std::vector<analyzer::Choice>& choices);
/// The first moment, from the beginning of a capture on, that is as the choices say; 0: any.
[[nodiscard]] sim::Nanoseconds moment_needed(const ir::Ruleset& ruleset, const std::vector<analyzer::Choice>& choices);
/// Texts that the packets must hold.
[[nodiscard]] std::vector<sim::PayloadText> texts_needed(const ir::Ruleset& ruleset,
                                                         const std::vector<analyzer::Choice>& choices);
/// A local socket of which the tests of owners say what the choices suppose; nothing: there is none.
[[nodiscard]] std::optional<ir::Sender> sender_needed(const ir::Ruleset& ruleset,
                                                      const std::vector<analyzer::Choice>& choices);
[[nodiscard]] bool needs_time(const ir::Ruleset& ruleset, const std::vector<ir::PredicateId>& tests);
/// What the tests ask for that may be the reason why no packet was found.
[[nodiscard]] std::string why_open(const ir::Ruleset& ruleset, const std::vector<ir::PredicateId>& tests);

}  // namespace nfproof::cli
