// SPDX-License-Identifier: Apache-2.0
// Reading and writing numbers of network byte order in byte buffers. Nothing here checks bounds by itself: ask `holds`
// first.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "compiler/ir/address.h"

namespace nfproof::sim {

using ByteView = std::span<const std::uint8_t>;
using ByteSpan = std::span<std::uint8_t>;

/// Are there `count` bytes from `offset` on?
[[nodiscard]] inline bool holds(ByteView bytes, std::size_t offset, std::size_t count) {
  return offset <= bytes.size() && count <= bytes.size() - offset;
}

[[nodiscard]] inline std::uint16_t load16(ByteView bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(bytes[offset] << 8 | bytes[offset + 1]);
}

[[nodiscard]] inline std::uint32_t load32(ByteView bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(load16(bytes, offset)) << 16 | load16(bytes, offset + 2);
}

[[nodiscard]] inline std::uint64_t load64(ByteView bytes, std::size_t offset) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
}

/// A number of `size` bytes, at most 16. The sizes of addresses take a short way.
[[nodiscard]] inline ir::u128 load_number(ByteView bytes, std::size_t offset, std::size_t size) {
  if (size == 4) return load32(bytes, offset);
  if (size == 6) return std::uint64_t{load16(bytes, offset)} << 32 | load32(bytes, offset + 2);
  if (size == 16) return ir::u128{load64(bytes, offset)} << 64 | load64(bytes, offset + 8);
  ir::u128 number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | bytes[offset + i];
  return number;
}

inline void store16(ByteSpan bytes, std::size_t offset, std::uint32_t value) {
  bytes[offset] = static_cast<std::uint8_t>(value >> 8);
  bytes[offset + 1] = static_cast<std::uint8_t>(value);
}

inline void store32(ByteSpan bytes, std::size_t offset, std::uint32_t value) {
  store16(bytes, offset, value >> 16);
  store16(bytes, offset + 2, value & 0xffff);
}

inline void store_number(ByteSpan bytes, std::size_t offset, std::size_t size, ir::u128 value) {
  for (std::size_t i = 0; i < size; ++i) bytes[offset + size - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace nfproof::sim
