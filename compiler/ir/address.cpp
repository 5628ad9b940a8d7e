// SPDX-License-Identifier: Apache-2.0
// Reading and printing addresses and 128-bit numbers.
#include "compiler/ir/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace nfproof::ir {

std::optional<unsigned> mask_prefix(u128 mask, unsigned bits) {
  for (unsigned prefix = 0; prefix <= bits; ++prefix)
    if (prefix_mask(prefix, bits) == mask) return prefix;
  return std::nullopt;
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
  const bool v4 = family == Family::kIpv4;
  const std::size_t size = v4 ? 4 : 16;
  std::array<unsigned char, 16> bytes{};
  for (std::size_t i = 0; i < size; ++i) bytes[size - 1 - i] = static_cast<unsigned char>(address >> (8 * i));
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string format_mac(u128 mac) {
  std::array<char, 18> text{};
  const auto byte = [&](unsigned i) { return static_cast<unsigned>(mac >> (40 - 8 * i)) & 0xffU; };
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", byte(0), byte(1), byte(2), byte(3), byte(4),
                byte(5));
  return text.data();
}

std::string format_number(u128 number) {
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace nfproof::ir
