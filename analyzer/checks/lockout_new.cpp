// SPDX-License-Identifier: Apache-2.0
// new connections of the administrator are refused
//
// What it finds
//
// new connections of the administrator are refused.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kLockoutNew = {{"NF201", "lockout-new", Level::kError, "new connections of the administrator are refused"}, run};

}  // namespace nfproof::analyzer
