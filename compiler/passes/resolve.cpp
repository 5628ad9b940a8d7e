// SPDX-License-Identifier: Apache-2.0
// Jumps to chains: see resolve.h.
#include "compiler/passes/resolve.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/extensions/extension.h"
#include "compiler/extensions/values.h"
#include "compiler/passes/reach.h"

namespace nfproof::compiler {
namespace {

/// After so many errors a file has other troubles than spelling.
constexpr std::size_t kMaxSuggestions = 100;

std::string unknown_target_message(const ir::Ruleset& ruleset, const ir::Table& table, const ir::Rule& rule,
                                   bool suggest) {
  std::vector<std::string_view> names;
  for (const ir::ChainId id : table.chains) names.push_back(ruleset.chain(id).name);
  const bool is_goto = rule.verdict.kind == ir::VerdictKind::kGoto;
  if (!is_goto) {
    for (const Extension* extension : all_extensions())
      if (extension->kind == ExtensionKind::kTarget) names.push_back(extension->name);
  }
  const ir::Text& name = rule.target->name;
  std::string message = "there is no chain " + std::string(is_goto ? "" : "or target ") + '`' + name + '`';
  const auto other = table.family == ir::Family::kIpv4 ? ir::Family::kIpv6 : ir::Family::kIpv4;
  if (!is_goto && find_extension(ExtensionKind::kTarget, name, other) != nullptr)
    return message +
           (other == ir::Family::kIpv6 ? ": the target exists for IPv6 only" : ": the target exists for IPv4 only");
  if (!suggest) return message;
  if (const std::string_view near = nearest(name, names); !near.empty())
    message += ", did you mean `" + std::string(near) + "`?";
  return message;
}

}  // namespace

void resolve(ir::Ruleset& ruleset, source::Diagnostics& diagnostics) {
  for (ir::Chain& chain : ruleset.chains) {
    if (ruleset.table(chain.table).nft) continue;  // its frontend has resolved them
    for (ir::Rule& rule : chain.rules) {
      if (!is_jump(rule)) continue;
      if (const auto id = ruleset.find_chain(chain.table, rule.target->name)) {
        rule.verdict.chain = *id;
        continue;
      }
      diagnostics.error("unknown-target", rule.target->span,
                        unknown_target_message(ruleset, ruleset.table(chain.table), rule,
                                               diagnostics.error_count() < kMaxSuggestions));
      // The rule stays, so that numbers of rules stay.
      rule.effects.push_back(ir::OpaqueEffect{rule.target->name.str(), rule.target->arguments.str(), true});
      rule.verdict = {};
    }
  }
}

}  // namespace nfproof::compiler
