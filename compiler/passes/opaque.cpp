// SPDX-License-Identifier: Apache-2.0
// Modules without semantics: see opaque.h.
#include "compiler/passes/opaque.h"

#include <map>
#include <tuple>
#include <variant>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

void add_uses(const ir::Ruleset& ruleset, ir::RuleRef place, const ir::Rule& rule, std::vector<OpaqueUse>& uses) {
  const ir::Family family = ruleset.table_of(place.chain).family;
  for (const ir::Condition& condition : rule.when) {
    const auto* opaque = std::get_if<ir::Opaque>(&ruleset.predicates[condition.predicate]);
    if (opaque == nullptr) continue;
    const bool known = condition.match < rule.matches.size();
    const Extension* extension = find_extension(ExtensionKind::kMatch, opaque->module, family);
    uses.push_back({opaque->module, false, extension != nullptr && extension->lower != nullptr, place,
                    known ? rule.matches[condition.match].span : rule.span});
  }
  for (const ir::Effect& effect : rule.effects) {
    const auto* opaque = std::get_if<ir::OpaqueEffect>(&effect);
    if (opaque != nullptr)
      uses.push_back({opaque->module, true, false, place, rule.target ? rule.target->span : rule.span});
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
  std::map<std::tuple<source::FileId, std::string, bool, bool>, Group> groups;
  for (const OpaqueUse& use : opaque_uses(ruleset)) {
    Group& group = groups[{use.span.file, use.module, use.is_target, use.placeholder}];
    if (group.count++ == 0 || use.span.line < group.first.line) group.first = use.span;
  }
  for (const auto& [key, group] : groups) {
    const auto& [file, module, is_target, placeholder] = key;
    const std::string times =
        group.count == 1 ? std::string() : " (in " + std::to_string(group.count) + " rules, first here)";
    const std::string subject = (is_target ? "the target `" : "the match `") + module + '`';
    if (placeholder)
      diagnostics.warning("placeholder", group.first,
                          subject + " has a placeholder for its value" + times +
                              ", which iptables-restore refuses: it is taken as possibly true and possibly false");
    else
      diagnostics.warning(
          "opaque-module", group.first,
          subject + " is not modelled" + times + ": " +
              (is_target ? "what it does to packets is not known" : "it is taken as possibly true and possibly false"));
  }
}

}  // namespace nfproof::compiler
