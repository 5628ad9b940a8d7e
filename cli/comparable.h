// SPDX-License-Identifier: Apache-2.0
// A ruleset and its translation say some things in different words: helpers, copies of marks, sums of hop limits, tests
// of bytes. For a comparison both say them in the same ones. The numbers of rules may be others then.
#pragma once

#include "compiler/ir/ruleset.h"

namespace nfproof::cli {

void make_comparable(ir::Ruleset& ruleset);

}  // namespace nfproof::cli
