// SPDX-License-Identifier: Apache-2.0
// Module texts read back: see module_listing.h.
#include "compiler/commands/module_listing.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "compiler/commands/list_row.h"
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"
#include "compiler/extensions/values.h"
#include "compiler/frontend/words.h"

namespace nfproof::compiler {
namespace {

/// The options of a module's canonical text.
std::vector<OptionUse> read_back(const Extension& extension, const ModuleInput& module, std::span<const Word> words) {
  std::vector<OptionUse> uses;
  bool negated = false;
  for (std::size_t i = 0; i < words.size();) {
    const std::string_view text = words[i++].text;
    if (text == "!") {
      negated = true;
      continue;
    }
    const OptionRow* row = text.starts_with("--") ? find_option(extension, text.substr(2)) : nullptr;
    if (row == nullptr || words.size() - i < value_words(*row)) {
      negated = false;
      continue;
    }
    OptionUse use;
    use.row = row;
    use.negated = std::exchange(negated, false);
    if (read_value(module, words.subspan(i, value_words(*row)), use)) uses.push_back(std::move(use));
    i += value_words(*row);
  }
  return uses;
}

void append_module(std::string& out, ExtensionKind kind, const ir::ModuleUse& use, ModuleInput module, bool numeric) {
  const Extension* extension = find_extension(kind, use.name, module.family);
  const ListRow* row = find_list_row(kind, use.name);
  if (extension == nullptr || row == nullptr) return;
  const SplitWords words = split_words(use.arguments, {});
  source::Diagnostics unheard;
  module.name = use.name;
  module.diagnostics = &unheard;
  const std::vector<OptionUse> uses = read_back(*extension, module, words.words);
  module.options = uses;
  row->list({module, numeric, out});
}

/// `-p` of the rule, as modules are told of it.
void read_protocol(const ir::Rule& rule, ModuleInput& module) {
  const std::string_view basic = rule.basic;
  const std::size_t at = basic.starts_with("-p ") ? 0 : basic.find(" -p ") + 1;
  if (at == 0 && !basic.starts_with("-p ")) return;
  const std::string_view name = basic.substr(at + 3, basic.find(' ', at + 3) - at - 3);
  module.protocol = parse_protocol(name);
  module.protocol_negated = at >= 2 && basic.substr(at - 2, 2) == "! ";
}

}  // namespace

std::string list_protocol(std::uint8_t protocol, bool numeric) {
  static constexpr NameValue kNames[] = {{"tcp", 6},        {"sctp", 132}, {"udp", 17}, {"udplite", 136}, {"icmp", 1},
                                         {"ipv6-icmp", 58}, {"esp", 50},   {"ah", 51},  {"ipv6-mh", 135}, {"all", 0}};
  if (!numeric && protocol != 0) return protocol_text(protocol);
  const std::string_view name = name_of(kNames, protocol);
  return name.empty() ? std::to_string(protocol) : std::string(name);
}

void append_modules(std::string& out, const ir::Rule& rule, const RulePlace& place, bool numeric) {
  ModuleInput module;
  module.family = place.family;
  module.table = place.table;
  module.chain = place.chain;
  module.rule = &rule;
  read_protocol(rule, module);
  for (const ir::ModuleUse& match : rule.matches) append_module(out, ExtensionKind::kMatch, match, module, numeric);
  const bool is_chain = rule.verdict.kind == ir::VerdictKind::kJump || rule.verdict.kind == ir::VerdictKind::kGoto;
  if (rule.target && !is_chain) append_module(out, ExtensionKind::kTarget, *rule.target, module, numeric);
}

}  // namespace nfproof::compiler
