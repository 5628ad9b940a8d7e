// SPDX-License-Identifier: Apache-2.0
// a rule that contradicts the jumps which lead to it
//
// What it finds
//
// a rule that contradicts the jumps which lead to it.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kExcludedRule = {{"NF106", "excluded-rule", Level::kWarning, "a rule that contradicts the jumps which lead to it"}, run};

}  // namespace nfproof::analyzer
