// SPDX-License-Identifier: Apache-2.0
// a chain that no packet can enter
//
// What it finds
//
// a chain that no packet can enter.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kUnreachableChain = {{"NF104", "unreachable-chain", Level::kWarning, "a chain that no packet can enter"}, run};

}  // namespace nfproof::analyzer
