// SPDX-License-Identifier: Apache-2.0
// Fingerprints of findings.
#include "analyzer/triage/fingerprint.h"

#include <unordered_map>

#include "compiler/ir/rule_text.h"

namespace nfproof::analyzer {
namespace {

/// What stands between backticks: chains, expressions and ports, but no numbers of rules, which move.
void append_code_parts(std::string& out, std::string_view message) {
  for (std::size_t from = message.find('`'); from != std::string_view::npos; from = message.find('`', from)) {
    const std::size_t end = message.find('`', from + 1);
    if (end == std::string_view::npos) return;
    out.append(message.substr(from + 1, end - from - 1)) += '\n';
    from = end + 1;
  }
}

std::string identity(const ir::Ruleset& ruleset, const Finding& finding) {
  const ir::Table& table = ruleset.table_of(finding.chain);
  const ir::Chain& chain = ruleset.chain(finding.chain);
  std::string text(finding.id);
  text += '\n' + std::to_string(static_cast<int>(finding.family)) + '\n' + table.name + '\n' + chain.name + '\n';
  const ir::Rule* rule = finding.rule ? ruleset.rule(*finding.rule) : nullptr;
  if (rule != nullptr) {
    ir::append_rule_matches(text, chain.name, *rule);
    ir::append_rule_target(text, *rule);
    text += '\n';
  }
  append_code_parts(text, finding.message);
  return text;
}

/// FNV-1a, 64 bits, in hexadecimal digits.
std::string hash_text(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; hash >>= 4U) out[i] = kDigits[hash & 15U];
  return out;
}

}  // namespace

void set_fingerprints(const ir::Ruleset& ruleset, std::vector<Finding>& findings) {
  std::unordered_map<std::string, std::size_t> seen;
  for (Finding& finding : findings) {
    std::string text = identity(ruleset, finding);
    const std::size_t nth = seen[text]++;
    finding.fingerprint = hash_text(nth == 0 ? text : text + std::to_string(nth));
  }
}

}  // namespace nfproof::analyzer
