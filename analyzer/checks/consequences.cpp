// SPDX-License-Identifier: Apache-2.0
// One cause, one finding: what only follows from another finding is left out. Each row says which checks are answered
// by which other one; the findings must blame the same chain or rule.
#include <algorithm>
#include <array>
#include <string_view>

#include "analyzer/checks/analysis.h"

namespace nfproof::analyzer {
namespace {

/// What two findings must have in common.
enum class Common : std::uint8_t {
  kDecider,  ///< the rule or policy that decides about the witness
  kChain,    ///< the chain they are about
  kFamily,   ///< the address family
};

struct Row {
  std::string_view cause;
  std::string_view consequence;
  Common common;
};

constexpr std::array kRows = {
    // An INPUT that drops everything: of course nobody gets in, no answer arrives...
    Row{"NF209", "NF201", Common::kDecider},
    Row{"NF209", "NF203", Common::kDecider},
    Row{"NF209", "NF202", Common::kDecider},
    Row{"NF209", "NF204", Common::kDecider},
    Row{"NF209", "NF205", Common::kDecider},
    Row{"NF209", "NF206", Common::kDecider},
    Row{"NF209", "NF207", Common::kDecider},
    Row{"NF209", "NF401", Common::kDecider},
    // One family is open and the other is not: the difference says it all.
    Row{"NF305", "NF301", Common::kChain},
    Row{"NF305", "NF303", Common::kDecider},
    // Rules that only accept under an ACCEPT policy: told once, not one by one.
    Row{"NF311", "NF102", Common::kChain},
    Row{"NF304", "NF311", Common::kChain},
    // Answers that are refused are told once.
    Row{"NF202", "NF410", Common::kDecider},
    Row{"NF401", "NF410", Common::kDecider},
    Row{"NF207", "NF410", Common::kDecider},
    Row{"NF209", "NF410", Common::kDecider},
    Row{"NF401", "NF402", Common::kDecider},
    Row{"NF410", "NF206", Common::kDecider},
    // Without answers at all the errors among them are missing, too.
    Row{"NF401", "NF206", Common::kDecider},
};

std::optional<ir::RuleRef> decider(const Finding& finding) {
  if (finding.witness) return finding.witness->claim.fate.decided_by;
  if (!finding.because.empty()) return finding.because.front().rule;
  return std::nullopt;
}

bool shares(const Finding& a, const Finding& b, Common common) {
  if (a.family != b.family) return false;
  switch (common) {
    case Common::kDecider: return decider(a).has_value() && decider(a) == decider(b);
    case Common::kChain: return a.chain == b.chain;
    case Common::kFamily: return true;
  }
  return false;
}

}  // namespace

void Analysis::drop_consequences() {
  const auto& all = result_.findings;
  std::vector<const Finding*> causes;
  for (const Finding& finding : all)
    if (std::any_of(kRows.begin(), kRows.end(), [&](const Row& row) { return row.cause == finding.id; }))
      causes.push_back(&finding);
  const auto follows = [&](const Finding& finding) {
    return std::any_of(kRows.begin(), kRows.end(), [&](const Row& row) {
      return row.consequence == finding.id && std::any_of(causes.begin(), causes.end(), [&](const Finding* cause) {
               return cause->id == row.cause && cause != &finding && shares(*cause, finding, row.common);
             });
    });
  };
  std::vector<Finding> kept;
  for (const Finding& finding : all)
    if (!follows(finding)) kept.push_back(finding);
  result_.findings = std::move(kept);
}

}  // namespace nfproof::analyzer
