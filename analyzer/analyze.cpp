// SPDX-License-Identifier: Apache-2.0
// Runs the selected checks over a ruleset.
#include "analyzer/analyze.h"

namespace nfproof::analyzer {

AnalyzeResult analyze(const ir::Ruleset& ruleset, const AnalyzeOptions&) {
  AnalyzeResult result;
  result.stats.rules = ruleset.rule_count();
  return result;
}

}  // namespace nfproof::analyzer
