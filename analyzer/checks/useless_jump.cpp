// SPDX-License-Identifier: Apache-2.0
// a jump to a chain that can only return
//
// What it finds
//
// a jump to a chain that can only return.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kUselessJump = {{"NF105", "useless-jump", Level::kWarning, "a jump to a chain that can only return"}, run};

}  // namespace nfproof::analyzer
