// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Only when it is selected by name: modules that nftables has no counterpart for, one finding for each of them and each
// family.
//
// Why it matters
//
// A ruleset that is to move to nftables needs another solution there. `nfproof translate` names each such rule.
//
// Example
//
//     *filter
//     :FORWARD DROP [0:0]
//     -A FORWARD -p tcp -m tcp --dport 80 -m string --string "cmd.exe" --algo bm --to 65535 -j DROP
//     COMMIT
//
// Use instead
//
//     *filter
//     :FORWARD DROP [0:0]
//     -A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT
//     COMMIT
//
// Witness
//
// None is needed.
//
// How it is proved
//
// By the names of the modules.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>
#include <array>
#include <map>

#include "analyzer/checks/check.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

constexpr std::array<std::string_view, 9> kMatches = {"bpf",    "cluster", "eui64",   "ipvs",  "l2tp",
                                                      "nfacct", "physdev", "rateest", "string"};
constexpr std::array<std::string_view, 8> kTargets = {"CHECKSUM",  "CLUSTERIP", "DNPT",    "HMARK",
                                                      "IDLETIMER", "LED",       "RATEEST", "SNPT"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    std::map<std::string, std::pair<ir::RuleRef, std::size_t>> found;
    const auto note = [&](std::string name, ir::RuleRef ref) {
      auto& row = found[std::move(name)];
      if (row.second++ == 0) row.first = ref;
    };
    for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
      for (const ir::ModuleUse& match : rule.matches)
        if (is_among(kMatches, match.name)) note("-m " + std::string(std::string_view(match.name)), ref);
      if (rule.target && !calls(rule.verdict.kind) && is_among(kTargets, rule.target->name))
        note("-j " + std::string(std::string_view(rule.target->name)), ref);
    });
    for (const auto& [name, row] : found) {
      Finding finding = analysis.at_rule(info, row.first,
                                         "nftables has nothing like `" + name + "`" +
                                             (row.second == 1 ? "" : " (in " + std::to_string(row.second) + " rules)"));
      finding.proved = true;
      analysis.report(std::move(finding));
    }
  }
}

}  // namespace

const Check kNoNftEquivalent = {
    {"NF502", "no-nft-equivalent", Level::kInfo, "modules that nftables has no counterpart for (on request)", true},
    run};

}  // namespace nfproof::analyzer
