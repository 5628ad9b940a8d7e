// SPDX-License-Identifier: Apache-2.0
// Chains and rules that programs write and rewrite by themselves. What looks superfluous there is a place to fill later
// or one pattern for many situations; nobody edits it by hand, so checks about tidiness leave it alone.
#pragma once

#include <string_view>

#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer {

[[nodiscard]] bool is_managed(const ir::Chain& chain);
/// A bridge that a container engine or libvirt made: never the way to the Internet.
[[nodiscard]] bool is_engine_bridge(std::string_view interface);
/// In a managed chain, jumping to one, or about an interface that a container engine made.
[[nodiscard]] bool is_managed(const ir::Ruleset& ruleset, ir::RuleRef rule);

/// The same, but not in chains that programs make for people to fill: DOCKER-USER, those of ufw and of zones.
[[nodiscard]] bool is_generated(const ir::Ruleset& ruleset, ir::RuleRef rule);

}  // namespace nfproof::analyzer
