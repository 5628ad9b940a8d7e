// SPDX-License-Identifier: Apache-2.0
// What an expression makes of the mark of a packet or connection: `meta mark & 0xff ^ 0x3`, `ct mark << 8`.
#pragma once

#include <cstdint>
#include <optional>

#include "compiler/frontend/nft/rule_lowering.h"

namespace nfproof::compiler::nft {

/// ((source << shift) & keep) ^ flip; without a source only `flip`.
struct MarkBits {
  std::optional<ir::FieldId> source;
  std::uint32_t keep = 0;
  std::uint32_t flip = 0;
  int shift = 0;
};

/// Nothing for other expressions.
[[nodiscard]] std::optional<MarkBits> mark_bits_of(const LowerContext& context, const Expr& expr);

}  // namespace nfproof::compiler::nft
