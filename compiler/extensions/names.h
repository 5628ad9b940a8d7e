// SPDX-License-Identifier: Apache-2.0
// Names of values that canonical text writes as numbers, or the other way round: what a listing shows. Each function is
// in the file of its module.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "compiler/extensions/icmp_types.h"

namespace nfproof::compiler {

[[nodiscard]] std::span<const IcmpName> icmp_names();
[[nodiscard]] std::span<const IcmpName> icmp6_names();
/// Of a chunk type of SCTP.
[[nodiscard]] std::optional<std::uint8_t> sctp_chunk_number(std::string_view name);
/// The first name of a mobility header type, empty when it has none.
[[nodiscard]] std::string_view mh_type_name(std::uint64_t type);

}  // namespace nfproof::compiler
