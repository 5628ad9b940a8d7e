// SPDX-License-Identifier: Apache-2.0
// Reading and printing addresses and 128-bit numbers.
#include "compiler/ir/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdio>

namespace nfproof::ir {

std::optional<unsigned> mask_prefix(u128 mask, unsigned bits) {
  const u128 holes = max_of_bits(bits) & ~mask;  // contiguous: ones at the low end only
  if ((mask & ~max_of_bits(bits)) != 0 || (holes & (holes + 1)) != 0) return std::nullopt;
  const auto count = [](u128 number) {
    return static_cast<unsigned>(std::popcount(static_cast<std::uint64_t>(number)) +
                                 std::popcount(static_cast<std::uint64_t>(number >> 64)));
  };
  return bits - count(holes);
}

std::optional<u128> parse_address(std::string_view text, Family family) {
  const std::string copy(text);
  std::array<unsigned char, 16> bytes{};
  const bool v4 = family == Family::kIpv4;
  if (inet_pton(v4 ? AF_INET : AF_INET6, copy.c_str(), bytes.data()) != 1) return std::nullopt;
  u128 number = 0;
  for (std::size_t i = 0; i < (v4 ? 4U : 16U); ++i) number = number << 8 | bytes[i];
  return number;
}

std::string format_address(u128 address, Family family) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family == Family::kIpv4) {  // by hand: every rule of a large ruleset prints one
    char* end = text.data();
    for (unsigned shift = 32; shift > 0; shift -= 8) {
      if (shift < 32) *end++ = '.';
      end = std::to_chars(end, text.data() + text.size(), static_cast<unsigned>(address >> (shift - 8)) & 0xff).ptr;
    }
    return {text.data(), end};
  }
  std::array<unsigned char, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[15 - i] = static_cast<unsigned char>(address >> (8 * i));
  inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string format_mac(u128 mac) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned shift = 48; shift > 0; shift -= 8) {
    const auto byte = static_cast<std::size_t>(mac >> (shift - 8)) & 0xffU;
    if (shift < 48) text += ':';
    text += {kDigits[byte >> 4U], kDigits[byte & 0xfU]};
  }
  return text;
}

std::string format_number(u128 number) {
  if (number <= UINT64_MAX) return std::to_string(static_cast<std::uint64_t>(number));
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace nfproof::ir
