// SPDX-License-Identifier: Apache-2.0
// Runs the selected checks over a ruleset.
#include "analyzer/analyze.h"

#include <algorithm>

#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

bool names(const std::vector<std::string>& list, const CheckInfo& info) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& each) {
    return info.name == each || (!each.empty() && info.id.starts_with(each));
  });
}

bool is_selected(const AnalyzeOptions& options, const CheckInfo& info) {
  const bool selected = options.select.empty() || names(options.select, info);
  return selected && !names(options.ignore, info);
}

}  // namespace

AnalyzeResult analyze(const ir::Ruleset& ruleset, const AnalyzeOptions& options) {
  Analysis analysis(ruleset, options);
  for (const Check& check : all_checks())
    if (is_selected(options, check.info)) check.run(analysis, check.info);
  return analysis.take_result();
}

}  // namespace nfproof::analyzer
