// SPDX-License-Identifier: Apache-2.0
// Tests beside the fields of a packet: clock, payload, counters of the connection, sockets.
#pragma once

#include "backends/nft_formula.h"

namespace nfproof::backends {

[[nodiscard]] NftFormula nft_time(const ir::TimeTest& time);
[[nodiscard]] NftFormula nft_conn_bytes(const ir::ConnBytes& test, const NftContext& context);
[[nodiscard]] NftFormula nft_helper(const ir::HelperTest& test);
[[nodiscard]] NftFormula nft_conn_label(const ir::ConnLabel& test);
[[nodiscard]] NftFormula nft_string(const ir::StringTest& test);
[[nodiscard]] NftFormula nft_u32(const ir::U32Test& test, const NftContext& context);
/// Is the text of an opaque test or effect in the syntax of nftables, with all that it needs?
[[nodiscard]] bool nft_is_native(std::string_view text);
/// Why such a text has no place in JSON.
inline constexpr std::string_view kNftTextOnly = "only the text of nftables can say this, not JSON; use `--to nft`";
/// Modules that the core does not know, from their canonical arguments.
[[nodiscard]] NftFormula nft_opaque(const ir::Opaque& opaque, const NftContext& context);

}  // namespace nfproof::backends
