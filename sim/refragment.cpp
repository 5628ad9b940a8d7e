// SPDX-License-Identifier: Apache-2.0
// Pieces of a datagram, with the headers that each of them needs.
#include "sim/refragment.h"

#include <algorithm>
#include <numeric>

#include "sim/checksum.h"

namespace nfproof::sim {
namespace {

using ir::Family;
using Piece = std::vector<std::uint8_t>;

constexpr std::size_t kFixedHeader6 = 40;
constexpr std::size_t kFragmentHeader = 8;
constexpr unsigned kSmallestMtu6 = 1280;
constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kDestination = 60;

/// The headers that stand before a fragment header: up to where it will be, and what points to it.
struct Unfragmentable {
  std::size_t size = kFixedHeader6;
  std::size_t pointer = 6;
};

Unfragmentable unfragmentable(ByteView bytes) {
  Unfragmentable part;
  bool routed = false;
  while (holds(bytes, part.size, 2)) {
    const std::uint8_t kind = bytes[part.pointer];
    if (kind == kRouting)
      routed = true;
    else if (kind != kHopByHop && (kind != kDestination || routed))
      break;
    part.pointer = part.size;
    part.size += (bytes[part.size + 1] + 1U) * 8U;
  }
  part.size = std::min(part.size, bytes.size());
  return part;
}

/// How many bytes of payload each piece gets.
std::vector<std::size_t> sizes_of_pieces(const DecodedPacket& whole, std::size_t header, std::size_t room) {
  std::vector<std::size_t> sizes = whole.blocks;
  bool as_it_came = sizes.size() > 1 && sizes[0] > header;
  if (as_it_came) sizes[0] -= header;
  for (std::size_t i = 0; i < sizes.size() && as_it_came; ++i)
    as_it_came = sizes[i] <= room && (sizes[i] % 8 == 0 || (i > 0 && i + 1 == sizes.size()));
  if (as_it_came) return sizes;
  sizes.clear();
  for (std::size_t left = whole.bytes.size() - header; left > 0; left -= sizes.back())
    sizes.push_back(left > room ? room & ~std::size_t{7} : left);
  return sizes;
}

/// Of options, only those that say so are repeated in later fragments.
void blank_options(std::span<std::uint8_t> options) {
  constexpr std::uint8_t kEnd = 0, kNop = 1, kCopied = 0x80;
  for (std::size_t at = 0; at < options.size();) {
    if (options[at] == kEnd) return;
    if (options[at] == kNop) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size()) return;
    const std::size_t size = options[at + 1];
    if (size < 2 || size > options.size() - at) return;
    if ((options[at] & kCopied) == 0) std::fill_n(options.begin() + static_cast<std::ptrdiff_t>(at), size, kNop);
    at += size;
  }
}

std::vector<Piece> fragments4(const DecodedPacket& whole, unsigned mtu) {
  const std::size_t header = (whole.bytes[0] & 15U) * 4U;
  mtu = std::min(mtu, whole.largest_fragment);
  const std::size_t room = mtu - header;
  const std::vector<std::size_t> sizes = sizes_of_pieces(whole, header, room);
  const bool as_it_came = sizes.size() == whole.blocks.size() && sizes[0] + header == whole.blocks[0];
  std::vector<Piece> pieces;
  Piece head(whole.bytes.begin(), whole.bytes.begin() + static_cast<std::ptrdiff_t>(header));
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    Piece piece = head;
    const auto begin = whole.bytes.begin() + static_cast<std::ptrdiff_t>(header + at);
    piece.insert(piece.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
    const bool more = header + at + size < whole.bytes.size();
    store16(piece, 2, static_cast<std::uint32_t>(piece.size()));
    store16(piece, 6,
            static_cast<std::uint32_t>(at / 8) | (more ? 0x2000U : 0U) |
                (whole.uncut_fragments && !as_it_came ? 0x4000U : 0U));
    fill_header_checksum(piece);
    pieces.push_back(std::move(piece));
    if (at == 0) blank_options(std::span(head).subspan(20));
    at += size;
  }
  return pieces;
}

std::vector<Piece> fragments6(const DecodedPacket& whole, unsigned mtu) {
  const Unfragmentable part = unfragmentable(whole.bytes);
  mtu = std::min(mtu, std::max(whole.largest_fragment, kSmallestMtu6));
  if (mtu < part.size + 2 * kFragmentHeader) return {};
  const std::size_t room = mtu - part.size - kFragmentHeader;
  std::vector<Piece> pieces;
  Piece head(whole.bytes.begin(), whole.bytes.begin() + static_cast<std::ptrdiff_t>(part.size));
  const std::uint8_t next = head[part.pointer];
  head[part.pointer] = kFragment;
  head.resize(part.size + kFragmentHeader);
  head[part.size] = next;
  store32(head, part.size + 4, whole.fragments_id);
  std::size_t at = 0;
  for (const std::size_t size : sizes_of_pieces(whole, part.size, room)) {
    Piece piece = head;
    const auto begin = whole.bytes.begin() + static_cast<std::ptrdiff_t>(part.size + at);
    piece.insert(piece.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
    const bool more = part.size + at + size < whole.bytes.size();
    store16(piece, 4, static_cast<std::uint32_t>(piece.size() - kFixedHeader6));
    store16(piece, part.size + 2, static_cast<std::uint32_t>(at) | (more ? 1U : 0U));
    pieces.push_back(std::move(piece));
    at += size;
  }
  return pieces;
}

}  // namespace

bool fragments_too_large(const DecodedPacket& whole, unsigned mtu) {
  const bool v4 = whole.family() == Family::kIpv4;
  const bool may_cut = v4 && (load16(whole.bytes, 6) & 0x4000U) == 0;
  return whole.largest_fragment > mtu && !may_cut;
}

std::vector<Piece> fragments_again(const DecodedPacket& whole, unsigned mtu) {
  if (whole.blocks.empty() || whole.cut_short) return {};
  if (whole.family() == Family::kIpv4) return fragments4(whole, mtu);
  return whole.bytes.size() > std::min(mtu, whole.largest_fragment) ? fragments6(whole, mtu) : std::vector<Piece>();
}

void gather_block(DecodedPacket& whole, std::size_t size) {
  if (whole.blocks.empty() || size <= whole.blocks[0]) return;
  std::size_t wanted = std::min(size, whole.bytes.size()) - whole.blocks[0];
  whole.blocks[0] += wanted;
  auto next = whole.blocks.begin() + 1;
  while (next != whole.blocks.end() && *next <= wanted) wanted -= *next++;
  if (next != whole.blocks.end()) *next -= wanted;
  whole.blocks.erase(whole.blocks.begin() + 1, next);
}

void read_for_socket(DecodedPacket& whole) {
  if (whole.blocks.empty() || whole.family() != Family::kIpv4) return;
  const std::size_t header = whole.protocol() == ir::kProtoTcp ? 20 : whole.protocol() == ir::kProtoUdp ? 8 : 0;
  if (whole.has_transport(header)) gather_block(whole, whole.transport + header);
}

}  // namespace nfproof::sim
