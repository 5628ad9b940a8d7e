// SPDX-License-Identifier: Apache-2.0
// How a test of TCP flags finds its header.
#pragma once

#include <cstdint>

namespace nfproof::ir {

/// The argument of a test of `FieldId::kTcpFlags` which takes the flags from where a header would be, in later
/// fragments too, and is false where the packet is too short, in the place of dropping it (net/netfilter/xt_ecn.c).
inline constexpr std::uint16_t kLooseFlags = 1;

}  // namespace nfproof::ir
