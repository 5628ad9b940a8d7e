// SPDX-License-Identifier: Apache-2.0
// A rule of nftables may stand for several of the ruleset: one for each family of an inet table, one for each element
// of a verdict map. What is said of it must be true of the rule as it was written: that it does nothing is said only
// when that was found out about all its parts, and what was found out about several parts is told once.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "analyzer/checks/analysis.h"

namespace nfproof::analyzer {
namespace {

using Place = std::tuple<source::FileId, std::uint32_t, std::uint32_t>;

/// Findings that a rule or chain does nothing, from the strongest to the weakest.
constexpr std::array<std::string_view, 9> kDoesNothing = {"NF103", "NF106", "NF104", "NF101", "NF403",
                                                          "NF107", "NF105", "NF102", "NF109"};

Place place_of(const source::Span& span) { return {span.file, span.line, span.column}; }

std::size_t strength(std::string_view id) {
  return static_cast<std::size_t>(std::find(kDoesNothing.begin(), kDoesNothing.end(), id) - kDoesNothing.begin());
}

bool says_nothing_is_done(const Finding& finding) { return strength(finding.id) < kDoesNothing.size(); }

/// Rules and chains of tables of nftables, counted by where they were written.
std::map<Place, std::size_t> count_parts(const ir::Ruleset& ruleset) {
  std::map<Place, std::size_t> parts;
  for (const ir::Chain& chain : ruleset.chains) {
    if (!ruleset.table(chain.table).nft) continue;
    if (chain.span.is_known()) ++parts[place_of(chain.span)];
    for (const ir::Rule& rule : chain.rules) ++parts[place_of(rule.span)];
  }
  return parts;
}

/// What all parts of a rule have in common: nothing when one of them does something.
class Verdicts {
 public:
  void add(const Finding& finding) {
    Verdict& verdict = verdicts_[place_of(finding.span)];
    verdict.parts.emplace(finding.chain, finding.rule ? finding.rule->index : 0);
    verdict.weakest = std::max(verdict.weakest, strength(finding.id));
  }
  [[nodiscard]] bool holds(const Finding& finding, std::size_t parts) const {
    const Verdict& verdict = verdicts_.at(place_of(finding.span));
    return verdict.parts.size() >= parts && verdict.weakest == strength(finding.id);
  }

 private:
  struct Verdict {
    std::set<std::pair<ir::ChainId, std::uint32_t>> parts;
    std::size_t weakest = 0;
  };
  std::map<Place, Verdict> verdicts_;
};

}  // namespace

void Analysis::speak_of_written_rules() {
  const auto parts = count_parts(ruleset_);
  const auto parts_at = [&](const Finding& finding) {
    const auto found = finding.span.is_known() ? parts.find(place_of(finding.span)) : parts.end();
    return found == parts.end() ? std::size_t{1} : found->second;
  };
  Verdicts verdicts;
  for (const Finding& finding : result_.findings)
    if (says_nothing_is_done(finding) && parts_at(finding) > 1) verdicts.add(finding);
  std::vector<Finding> kept;
  std::map<std::tuple<std::string_view, Place, std::string>, std::size_t> told;
  for (Finding& finding : result_.findings) {
    const std::size_t count = parts_at(finding);
    if (count > 1) {
      const bool nothing = says_nothing_is_done(finding);
      if (nothing && !verdicts.holds(finding, count)) continue;
      const std::string what = nothing ? std::string() : finding.message;
      const auto [known, fresh] = told.try_emplace({finding.id, place_of(finding.span), what}, kept.size());
      if (!fresh) {
        kept[known->second].level = std::max(kept[known->second].level, finding.level);
        continue;
      }
    }
    kept.push_back(std::move(finding));
  }
  result_.findings = std::move(kept);
}

}  // namespace nfproof::analyzer
