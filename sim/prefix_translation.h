// SPDX-License-Identifier: Apache-2.0
// SNPT and DNPT (net/ipv6/netfilter/ip6t_NPT.c, RFC 6296): the prefix of an IPv6 address is replaced, and another word
// of the address makes up for it, so that no checksum changes.
#pragma once

#include "compiler/ir/effect.h"
#include "sim/decode.h"

namespace nfproof::sim {

/// Nothing when no word of the address can make up for the new prefix.
[[nodiscard]] std::optional<ir::u128> translated_prefix(const ir::TranslatePrefix& effect, ir::u128 address);
/// False: the packet is dropped.
[[nodiscard]] bool translate_prefix(DecodedPacket& packet, const ir::TranslatePrefix& effect);

}  // namespace nfproof::sim
