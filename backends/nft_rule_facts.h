// SPDX-License-Identifier: Apache-2.0
// What the whole of a rule says, for those who translate its parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

/// The transport protocol that every packet of the rule has.
[[nodiscard]] std::optional<std::uint8_t> nft_protocol_of(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// Does the rule ask for protocols that all have ports?
[[nodiscard]] bool nft_asks_for_ports(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// Do tests of the rule ask for headers of IPv4 and of IPv6? nft refuses such a rule.
[[nodiscard]] bool nft_asks_for_both_families(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// Do two tests of the rule ask for different transport protocols? nft refuses such a rule.
[[nodiscard]] bool nft_asks_for_two_protocols(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// The family of the packets that the rule matches, where it is one.
[[nodiscard]] std::optional<ir::Family> nft_address_family(const ir::Ruleset& ruleset, const ir::Rule& rule,
                                                           ir::Family family);
/// Does the rule ask for a maximum segment size option?
[[nodiscard]] bool nft_tests_for_mss(const ir::Ruleset& ruleset, const ir::Rule& rule);
/// The rule as it was written, on one line.
[[nodiscard]] std::string nft_surface_text(const std::string& chain, const ir::Rule& rule);
/// What becomes of the ruleset without the rule.
[[nodiscard]] std::string_view nft_without_it(const ir::Rule& rule);
/// Has the rule an error in the input?
[[nodiscard]] bool nft_is_unreadable(const ir::Ruleset& ruleset, const ir::Rule& rule);

}  // namespace nfproof::backends
