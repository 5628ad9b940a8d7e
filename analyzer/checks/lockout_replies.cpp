// SPDX-License-Identifier: Apache-2.0
// answers to the administrator cannot leave
//
// What it finds
//
// answers to the administrator cannot leave.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kLockoutReplies = {{"NF202", "lockout-replies", Level::kError, "answers to the administrator cannot leave"}, run};

}  // namespace nfproof::analyzer
