// SPDX-License-Identifier: Apache-2.0
// The u32 match (net/netfilter/xt_u32.c): reads 32-bit words from anywhere in the packet, masks and shifts them,
// follows them as offsets, and compares with ranges. A word that is not wholly in the packet makes its test false.
#pragma once

#include <cstddef>
#include <cstdint>

#include "compiler/ir/predicate_kinds.h"
#include "sim/bytes.h"

namespace nfproof::sim {

/// `kUnknown`: a word is in the packet, but not in the part of it that was captured.
enum class U32Answer : std::uint8_t { kFalse, kTrue, kUnknown };
/// `bytes` from the IP header on, which may end before the packet of `length` bytes does.
[[nodiscard]] U32Answer run_u32(const ir::U32Test& test, ByteView bytes, std::size_t length);

}  // namespace nfproof::sim
