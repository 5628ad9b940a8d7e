// SPDX-License-Identifier: Apache-2.0
// open sessions of the administrator would die
//
// What it finds
//
// open sessions of the administrator would die.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kLockoutEstablished = {{"NF203", "lockout-established", Level::kError, "open sessions of the administrator would die"}, run};

}  // namespace nfproof::analyzer
