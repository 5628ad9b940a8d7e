// SPDX-License-Identifier: Apache-2.0
// Compares a ruleset with its translation to nftables, read back.
#pragma once

#include <cstdint>
#include <string>

#include "compiler/ir/address.h"

namespace nfproof::testing {

/// Random traffic of the seed through both. Rules without translation are left out of both first. False when nothing
/// could be compared, because the input or the translation has errors.
bool expect_reread_agrees(const std::string& text, ir::Family family, std::uint64_t seed, const std::string& where);

}  // namespace nfproof::testing
