// SPDX-License-Identifier: Apache-2.0
// Bob Jenkins' hash over 32-bit words (lookup3, public domain), with which the kernel spreads connections over a range
// of addresses.
#pragma once

#include <bit>
#include <cstdint>

#include "sim/bytes.h"

namespace nfproof::sim {

/// `__jhash_final`.
[[nodiscard]] inline std::uint32_t jhash_final(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  c ^= b, c -= std::rotl(b, 14);
  a ^= c, a -= std::rotl(c, 11);
  b ^= a, b -= std::rotl(a, 25);
  c ^= b, c -= std::rotl(b, 16);
  a ^= c, a -= std::rotl(c, 4);
  b ^= a, b -= std::rotl(a, 14);
  c ^= b, c -= std::rotl(b, 24);
  return c;
}

[[nodiscard]] inline std::uint32_t jhash_1word(std::uint32_t word, std::uint32_t start) {
  const std::uint32_t begin = 0xdeadbeefU + (1U << 2) + start;
  return jhash_final(begin + word, begin, begin);
}

[[nodiscard]] inline std::uint32_t jhash_3words(std::uint32_t a, std::uint32_t b, std::uint32_t c,
                                                std::uint32_t start) {
  const std::uint32_t begin = 0xdeadbeefU + (3U << 2) + start;
  return jhash_final(begin + a, begin + b, begin + c);
}

/// `reciprocal_scale`: from 32 bits to 0 ... `count` - 1.
[[nodiscard]] inline std::uint32_t scale_to(std::uint32_t hash, std::uint32_t count) {
  return static_cast<std::uint32_t>(std::uint64_t{hash} * count >> 32);
}

/// Hashes four words that stand in memory in network order, as a little-endian machine reads them.
[[nodiscard]] inline std::uint32_t jhash_address(ByteView bytes, std::uint32_t start) {
  const auto word = [&](std::size_t i) { return __builtin_bswap32(load32(bytes, 4 * i)); };
  std::uint32_t a = 0xdeadbeefU + (4U << 2) + start, b = a, c = a;
  a += word(0), b += word(1), c += word(2);
  a -= c, a ^= std::rotl(c, 4), c += b;
  b -= a, b ^= std::rotl(a, 6), a += c;
  c -= b, c ^= std::rotl(b, 8), b += a;
  a -= c, a ^= std::rotl(c, 16), c += b;
  b -= a, b ^= std::rotl(a, 19), a += c;
  c -= b, c ^= std::rotl(b, 4), b += a;
  return jhash_final(a + word(3), b, c);
}

}  // namespace nfproof::sim
