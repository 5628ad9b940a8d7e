// SPDX-License-Identifier: Apache-2.0
// Text of rules: see rule_text.h.
#include "compiler/ir/rule_text.h"

namespace nfproof::ir {
namespace {

void append_use(std::string& out, std::string_view option, const ModuleUse& use) {
  out += option;
  out += use.name.view();
  if (use.arguments.empty()) return;
  out += ' ';
  out += use.arguments.view();
}

}  // namespace

void append_counters(std::string& out, const Counters& counters) {
  out += '[';
  out += std::to_string(counters.packets);
  out += ':';
  out += std::to_string(counters.bytes);
  out += ']';
}

void append_rule_matches(std::string& out, std::string_view chain, const Rule& rule) {
  if (rule.nft_number != 0) {
    out += rule.basic.view();
    return;
  }
  out += "-A ";
  out += chain;
  if (!rule.basic.empty()) {
    out += ' ';
    out += rule.basic.view();
  }
  for (const ModuleUse& match : rule.matches) append_use(out, " -m ", match);
}

void append_rule_target(std::string& out, const Rule& rule) {
  if (rule.target && rule.nft_number == 0)
    append_use(out, rule.verdict.kind == VerdictKind::kGoto ? " -g " : " -j ", *rule.target);
}

}  // namespace nfproof::ir
