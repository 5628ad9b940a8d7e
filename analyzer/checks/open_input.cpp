// SPDX-License-Identifier: Apache-2.0
// an ACCEPT policy that leaves INPUT open
//
// What it finds
//
// an ACCEPT policy that leaves INPUT open.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kOpenInput = {{"NF301", "open-input", Level::kWarning, "an ACCEPT policy that leaves INPUT open"}, run};

}  // namespace nfproof::analyzer
