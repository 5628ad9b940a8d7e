// SPDX-License-Identifier: Apache-2.0
// a default-deny INPUT that refuses answers to the host's own connections
//
// What it finds
//
// a default-deny INPUT that refuses answers to the host's own connections.
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis&, const CheckInfo&) {}

}  // namespace

const Check kMissingEstablished = {{"NF401", "missing-established", Level::kWarning, "a default-deny INPUT that refuses answers to the host's own connections"}, run};

}  // namespace nfproof::analyzer
