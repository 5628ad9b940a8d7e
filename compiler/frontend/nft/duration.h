// SPDX-License-Identifier: Apache-2.0
// Numbers and spans of time as nftables writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nfproof::compiler::nft {

/// Decimal, or hexadecimal with `0x`.
[[nodiscard]] std::optional<std::uint64_t> read_plain_number(std::string_view text);
/// `1d2h3m4s5ms`, or seconds: milliseconds.
[[nodiscard]] std::optional<std::uint64_t> read_duration(std::string_view text);

}  // namespace nfproof::compiler::nft
