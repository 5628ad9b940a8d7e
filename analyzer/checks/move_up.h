// SPDX-License-Identifier: Apache-2.0
// Where in its chain an accepting rule may stand instead: how far up it can go past rules that do the same to its
// packets, or do not meet them. Structure only; whether the move changes nothing is proved by who makes it.
#pragma once

#include <optional>

#include "analyzer/checks/analysis.h"

namespace nfproof::analyzer {

/// The first place that the rule reaches without passing one that decides otherwise, does something else or keeps state
/// about a packet of its own. Rules for loopback stay in front. Its own place: it cannot move.
[[nodiscard]] std::uint32_t unchanged_place(Analysis& analysis, ir::RuleRef rule);
/// The first place behind all rules that ban somebody.
[[nodiscard]] std::uint32_t place_behind_bans(const Analysis& analysis, ir::RuleRef rule);

/// The fix that writes the rule in front of another one of its chain; nothing when they are not written in one file.
/// `provable`: the move is expected to change nothing.
[[nodiscard]] std::optional<Fix> move_up(const Analysis& analysis, ir::RuleRef rule, std::uint32_t to, bool provable);

}  // namespace nfproof::analyzer
