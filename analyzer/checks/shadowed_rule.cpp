// SPDX-License-Identifier: Apache-2.0
// a rule that never matches because earlier rules take all its packets
//
// What it finds
//
// a rule that never matches because earlier rules take all its packets.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kShadowedRule = {{"NF101", "shadowed-rule", Level::kError, "a rule that never matches because earlier rules take all its packets"}, run};

}  // namespace nfproof::analyzer
