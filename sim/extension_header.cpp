// SPDX-License-Identifier: Apache-2.0
// Walks over IPv6 extension headers: see extension_header.h.
#include "sim/extension_header.h"

namespace nfproof::sim {
namespace {

constexpr std::uint8_t kEsp = 50;
constexpr std::uint8_t kNoNext = 59;

bool is_extension(std::uint8_t header) {
  return header == kHopByHopHeader || header == kRoutingHeader || header == kFragmentHeader ||
         header == kAuthenticationHeader || header == kDestinationHeader;
}

std::size_t size_of(ByteView ip, std::size_t offset, std::uint8_t header) {
  if (header == kFragmentHeader) return 8;
  return header == kAuthenticationHeader ? (ip[offset + 1] + 2U) * 4U : (ip[offset + 1] + 1U) * 8U;
}

std::uint8_t mask_of(std::uint8_t header) {
  switch (header) {
    case kHopByHopHeader: return 128;
    case kDestinationHeader: return 64;
    case kRoutingHeader: return 32;
    case kFragmentHeader: return 16;
    case kAuthenticationHeader: return 8;
    default: return 0;
  }
}

}  // namespace

FoundHeader find_extension(ByteView ip, std::uint8_t wanted) {
  using State = FoundHeader::State;
  if (!holds(ip, 0, 40)) return {State::kBroken, 0};
  std::uint8_t header = ip[6];
  std::size_t offset = 40;
  for (;;) {
    if (!is_extension(header)) return {header == wanted ? State::kFound : State::kAbsent, offset};
    if (!holds(ip, offset, header == kRoutingHeader ? 4 : 2)) return {State::kBroken, 0};
    if (header == kFragmentHeader) {
      if (!holds(ip, offset, 4)) return {State::kBroken, 0};
      const bool later = (load16(ip, offset + 2) & 0xfff8U) != 0;
      if (later && header != wanted) return {State::kAbsent, 0};
    }
    if (header == wanted) return {State::kFound, offset};
    const std::size_t size = size_of(ip, offset, header);
    header = ip[offset];
    offset += size;
  }
}

std::optional<std::uint8_t> headers_present(ByteView ip, std::size_t length, bool& broken) {
  broken = false;
  if (!holds(ip, 0, 40)) return std::nullopt;
  std::uint8_t header = ip[6];
  std::size_t offset = 40;
  std::uint8_t found = 0;
  while (is_extension(header) || header == kEsp || header == kNoNext) {
    if (header == kNoNext) return static_cast<std::uint8_t>(found | 2);
    if (length < offset + 2) return std::nullopt;
    if (header == kEsp) return static_cast<std::uint8_t>(found | 4);
    if (!holds(ip, offset, 2)) {
      broken = true;
      return std::nullopt;
    }
    found = static_cast<std::uint8_t>(found | mask_of(header));
    const std::size_t size = size_of(ip, offset, header);
    header = ip[offset];
    offset += size;
    if (offset > length) break;
  }
  if (header != kNoNext && header != kEsp) found |= 1;
  return found;
}

}  // namespace nfproof::sim
