// SPDX-License-Identifier: Apache-2.0
// Tests beside the fields of a packet: clock, payload, counters of the connection, sockets.
#pragma once

#include "backends/nft_formula.h"

namespace nfproof::backends {

[[nodiscard]] NftFormula nft_time(const ir::TimeTest& time);
[[nodiscard]] NftFormula nft_conn_bytes(const ir::ConnBytes& test);
[[nodiscard]] NftFormula nft_helper(const ir::HelperTest& test);
[[nodiscard]] NftFormula nft_conn_label(const ir::ConnLabel& test);
[[nodiscard]] NftFormula nft_string(const ir::StringTest& test);
[[nodiscard]] NftFormula nft_u32(const ir::U32Test& test, const NftContext& context);
/// Modules that the core does not know, from their canonical arguments.
[[nodiscard]] NftFormula nft_opaque(const ir::Opaque& opaque);

}  // namespace nfproof::backends
