// SPDX-License-Identifier: Apache-2.0
// The arithmetic of ones' complement on the words of an address.
#include "sim/prefix_translation.h"

#include <algorithm>
#include <array>
#include <optional>

#include "sim/checksum.h"

namespace nfproof::sim {
namespace {

constexpr unsigned kWords = 8;

std::uint32_t word_of(ir::u128 address, unsigned index) {
  return static_cast<std::uint32_t>(address >> (16 * (kWords - 1 - index))) & 0xffffU;
}

std::uint32_t sum_of(ir::u128 address) {
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < kWords; ++i) sum += word_of(address, i);
  return sum;
}

std::uint32_t folded(std::uint32_t sum) { return static_cast<std::uint16_t>(~finish_sum(sum)); }

ir::u128 masked(ir::u128 address, unsigned length) { return address & ir::prefix_mask(length, 128); }

constexpr std::uint8_t kFirstInformation = 128;

}  // namespace

std::optional<ir::u128> translated_prefix(const ir::TranslatePrefix& effect, ir::u128 address) {
  constexpr std::uint32_t kNegativeZero = 0xffff;
  const unsigned length = std::max(effect.from_length, effect.to_length);
  const ir::u128 from = masked(effect.from, effect.from_length), to = masked(effect.to, effect.to_length);
  address = (address & ~ir::prefix_mask(length, 128)) | masked(to, length);
  constexpr unsigned kShortPrefix = 48;
  unsigned index = 3;
  if (length > kShortPrefix) {
    for (index = 4; index < kWords; ++index)
      if (word_of(address, index) != kNegativeZero) break;
    if (index == kWords) return std::nullopt;
  }
  const std::uint32_t adjustment = folded(folded(sum_of(from)) + (folded(sum_of(to)) ^ 0xffffU));
  std::uint32_t word = folded(word_of(address, index) + adjustment);
  if (word == kNegativeZero) word = 0;
  const unsigned shift = 16 * (kWords - 1 - index);
  return (address & ~(ir::u128{0xffff} << shift)) | ir::u128{word} << shift;
}

bool translate_prefix(DecodedPacket& packet, const ir::TranslatePrefix& effect) {
  const std::size_t own = effect.destination ? 24 : 8;
  const auto address = translated_prefix(effect, load_number(packet.bytes, own, 16));
  if (!address) return false;
  store_number(packet.bytes, own, 16, *address);
  // An error quotes a packet that came back: its other end is of the same network.
  const std::size_t quoted = packet.transport + 8 + (effect.destination ? 8U : 24U);
  const bool error = packet.protocol() == ir::kProtoIcmp6 && packet.has_transport(8 + 40) &&
                     packet.bytes[packet.transport] < kFirstInformation;
  if (error &&
      masked(load_number(packet.bytes, quoted, 16), effect.from_length) == masked(effect.from, effect.from_length))
    if (const auto other = translated_prefix(effect, load_number(packet.bytes, quoted, 16)))
      store_number(packet.bytes, quoted, 16, *other);
  refresh(packet);
  return true;
}

}  // namespace nfproof::sim
