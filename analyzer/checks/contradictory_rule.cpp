// SPDX-License-Identifier: Apache-2.0
// a rule whose own tests exclude each other
//
// What it finds
//
// a rule whose own tests exclude each other.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kContradictoryRule = {{"NF103", "contradictory-rule", Level::kWarning, "a rule whose own tests exclude each other"}, run};

}  // namespace nfproof::analyzer
