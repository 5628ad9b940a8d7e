// SPDX-License-Identifier: Apache-2.0
// What can be read off a single rule: which connection states it can match, which fields it asks for, whether its
// answer is certain. Structure only; what packets really get there is the business of the walks.
#pragma once

#include <optional>
#include <string>

#include "analyzer/checks/analysis.h"

namespace nfproof::analyzer {

/// Calls `visit(ref, rule)` for every rule of tables of the family, in order.
template <typename Visit>
void for_each_rule(const Analysis& analysis, ir::Family family, Visit&& visit) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) {
    const ir::ChainId chain{static_cast<std::uint32_t>(c)};
    if (ruleset.table_of(chain).family != family) continue;
    const auto& rules = ruleset.chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) visit(ir::RuleRef{chain, static_cast<std::uint32_t>(i)}, rules[i]);
  }
}

/// Bits of states (1 << `CtState`).
using States = unsigned;
inline constexpr States kAllStates = (1U << ir::kCtStateCount) - 1;
[[nodiscard]] constexpr States state_bit(ir::CtState state) { return 1U << static_cast<unsigned>(state); }
/// The states with which the rule's own tests can be true, as far as plain state tests say.
[[nodiscard]] States states_of(const ir::Ruleset& ruleset, const ir::Rule& rule);

/// The first plain test of the rule on a field (by storage); null when there is none.
[[nodiscard]] const ir::FieldTest* test_on(const ir::Ruleset& ruleset, const ir::Rule& rule, ir::FieldId field);
/// The rule asks for an address of that side.
[[nodiscard]] const ir::FieldTest* source_test(const ir::Ruleset& ruleset, const ir::Rule& rule);
[[nodiscard]] const ir::FieldTest* destination_test(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// Tests that are true for every packet, such as `-s 0.0.0.0/0`, do not count.
[[nodiscard]] bool matches_everything(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// A test whose outcome the packet's header does not say: limits, sets, time, opaque matches. Nested ones count.
[[nodiscard]] bool is_uncertain(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// The only destination port (and protocol) that the rule matches.
struct Port {
  std::uint8_t protocol = 0;
  std::uint16_t port = 0;
  friend auto operator<=>(const Port&, const Port&) = default;
};
/// Ports that the rule names, each single one or the first of a short range; empty when it names none.
[[nodiscard]] std::vector<Port> named_ports(const ir::Ruleset& ruleset, const ir::Rule& rule);
[[nodiscard]] std::string port_text(const Port& port);  ///< `tcp dport 22`

[[nodiscard]] constexpr bool refuses(ir::VerdictKind kind) {
  return kind == ir::VerdictKind::kDrop || kind == ir::VerdictKind::kReject;
}
[[nodiscard]] constexpr bool calls(ir::VerdictKind kind) {
  return kind == ir::VerdictKind::kJump || kind == ir::VerdictKind::kGoto;
}
template <typename T>
[[nodiscard]] const T* effect_of(const ir::Rule& rule) {
  for (const ir::Effect& effect : rule.effects)
    if (const auto* found = std::get_if<T>(&effect)) return found;
  return nullptr;
}

}  // namespace nfproof::analyzer
