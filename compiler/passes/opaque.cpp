// SPDX-License-Identifier: Apache-2.0
// Modules without semantics: see opaque.h.
#include "compiler/passes/opaque.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <variant>

#include "compiler/ir/facts.h"

namespace nfproof::compiler {
namespace {

void add_uses(const ir::Ruleset& ruleset, ir::RuleRef place, const ir::Rule& rule, std::vector<OpaqueUse>& uses) {
  const std::size_t first = uses.size();
  for (const ir::Condition& condition : rule.when) {
    for (const ir::PredicateId part : ir::parts_of(ruleset.predicates, condition.predicate)) {
      const auto* opaque = std::get_if<ir::Opaque>(&ruleset.predicates[part]);
      if (opaque == nullptr || opaque->unreadable) continue;
      const bool known = condition.match < rule.matches.size();
      const source::Span span = known ? rule.matches[condition.match].span : rule.span;
      // Several tests of one match are told once.
      const bool told =
          std::any_of(uses.begin() + static_cast<std::ptrdiff_t>(first), uses.end(),
                      [&](const OpaqueUse& use) { return use.module == opaque->module && use.span == span; });
      if (!told) uses.push_back({opaque->module, false, place, span});
    }
  }
  for (const ir::Effect& effect : rule.effects) {
    const auto* opaque = std::get_if<ir::OpaqueEffect>(&effect);
    if (opaque != nullptr && !opaque->unreadable)
      uses.push_back({opaque->module, true, place, rule.target ? rule.target->span : rule.span});
  }
}

}  // namespace

std::vector<OpaqueUse> opaque_uses(const ir::Ruleset& ruleset) {
  std::vector<OpaqueUse> uses;
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) {
    const auto chain = ir::ChainId{static_cast<std::uint32_t>(c)};
    for (std::uint32_t i = 0; i < ruleset.chains[c].rules.size(); ++i)
      add_uses(ruleset, {chain, i}, ruleset.chains[c].rules[i], uses);
  }
  return uses;
}

void note_opaque(ir::Ruleset& ruleset, source::Diagnostics& diagnostics) {
  struct Group {
    source::Span first;
    std::size_t count = 0;
  };
  std::map<std::tuple<source::FileId, std::string, bool>, Group> groups;
  for (const OpaqueUse& use : opaque_uses(ruleset)) {
    Group& group = groups[{use.span.file, use.module, use.is_target}];
    if (group.count++ == 0 || use.span.line < group.first.line) group.first = use.span;
  }
  for (const auto& [key, group] : groups) {
    const auto& [file, module, is_target] = key;
    const std::string times =
        group.count == 1 ? std::string() : " (in " + std::to_string(group.count) + " rules, first here)";
    const std::string subject = (is_target ? "the target `" : "the match `") + module + '`';
    diagnostics.warning(
        "opaque-module", group.first,
        subject + " is not modelled" + times + ": " +
            (is_target ? "what it does to packets is not known" : "it is taken as possibly true and possibly false"));
  }
}

}  // namespace nfproof::compiler
