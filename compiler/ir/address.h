// SPDX-License-Identifier: Apache-2.0
// 128-bit numbers and IP addresses as numbers: the common currency of fields, value sets and packets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nfproof::ir {

__extension__ typedef unsigned __int128 u128;

/// Address family of a table or packet. `kInet` is only a family of tables: it sees packets of both.
enum class Family : std::uint8_t { kIpv4, kIpv6, kInet };

/// Bits of an address: 32 or 128. `kInet` counts as 128.
[[nodiscard]] constexpr unsigned address_bits(Family family) { return family == Family::kIpv4 ? 32 : 128; }

/// The largest number of `bits` bits (0 to 128).
[[nodiscard]] constexpr u128 max_of_bits(unsigned bits) { return bits >= 128 ? ~u128{0} : (u128{1} << bits) - 1; }

/// The network mask of a prefix length, as a number in host order.
[[nodiscard]] constexpr u128 prefix_mask(unsigned prefix, unsigned bits) {
  return prefix == 0 ? 0 : max_of_bits(bits) & ~max_of_bits(bits - prefix);
}

/// The prefix length of a contiguous mask, nothing when the mask has holes.
[[nodiscard]] std::optional<unsigned> mask_prefix(u128 mask, unsigned bits);

/// Reads a dotted quad or an IPv6 address (inet_pton(3)) into a number in host order.
[[nodiscard]] std::optional<u128> parse_address(std::string_view text, Family family);

/// Prints as inet_ntop(3) does.
[[nodiscard]] std::string format_address(u128 address, Family family);

/// `00:11:22:aa:bb:cc`, lower case.
[[nodiscard]] std::string format_mac(u128 mac);

/// Decimal digits.
[[nodiscard]] std::string format_number(u128 number);

}  // namespace nfproof::ir
