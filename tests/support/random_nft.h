// SPDX-License-Identifier: Apache-2.0
// Random files of nftables as people write them by hand: sets, maps, verdict maps, concatenations, comparisons, masks;
// made so that traffic of `random_packet.h` hits their rules. The same seed gives the same text. Some are refused by
// nft, which knows better which tests exclude each other.
#pragma once

#include <cstdint>
#include <string>

namespace nfproof::testing {

/// `v6`: which family the tables of one family and most addresses have.
[[nodiscard]] std::string random_nft(std::uint64_t seed, bool v6);

}  // namespace nfproof::testing
