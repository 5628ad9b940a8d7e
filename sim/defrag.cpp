// SPDX-License-Identifier: Apache-2.0
// Reassembly (net/ipv4/ip_fragment.c, net/ipv6/netfilter/nf_conntrack_reasm.c).
#include "sim/defrag.h"

#include <algorithm>

#include "sim/checksum.h"

namespace nfproof::sim {
namespace {

using ir::Family;

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr std::size_t kMostQueues = 4096;
constexpr std::uint32_t kLargestDatagram = 65535;
constexpr std::uint8_t kNoNext = 59;

std::size_t payload_offset(const DecodedPacket& packet) {
  return packet.family() == Family::kIpv4 ? packet.transport : packet.fragment_header + 8;
}

/// The transport header that a first fragment must hold.
std::size_t needed_header(std::uint8_t protocol) {
  switch (protocol) {
    case ir::kProtoTcp: return 20;
    case ir::kProtoUdp:
    case ir::kProtoIcmp6: return 8;
    default: return 1;
  }
}

std::uint8_t ecn_of(const DecodedPacket& packet) {
  const bool v4 = packet.family() == Family::kIpv4;
  return v4 ? packet.bytes[1] & 3U : load16(packet.bytes, 0) >> 4 & 3U;
}

/// What fragments say of congestion together (ip_frag_ecn_table of net/ipv4/inet_fragment.c): bits that the first one
/// gets. Nothing: they contradict each other, and the datagram is lost.
std::optional<std::uint8_t> joined_ecn(std::uint8_t seen) {
  constexpr std::uint8_t kNotCapable = 1, kExperienced = 8;
  if ((seen & kNotCapable) != 0 && seen != kNotCapable) return std::nullopt;
  const bool mixed = (seen & kExperienced) != 0 && seen != kExperienced;
  return mixed ? std::uint8_t{3} : std::uint8_t{0};
}

void add_ecn(DecodedPacket& whole, std::uint8_t ecn) {
  if (whole.family() == Family::kIpv4)
    whole.bytes[1] |= ecn;
  else
    whole.bytes[1] = static_cast<std::uint8_t>(whole.bytes[1] | ecn << 4U);
}

}  // namespace

bool Defragmenter::gathers(const DecodedPacket& packet) {
  if (!packet.fragment) return false;
  if (packet.family() == Family::kIpv4 || packet.fragment_offset != 0) return true;
  // Where headers lead to none of a transport, nothing of one is missing.
  if (packet.broken_chain || packet.protocol() == kNoNext) return true;
  return packet.has_transport(needed_header(packet.protocol()));
}

bool Defragmenter::complete(const Queue& queue) {
  if (!queue.total || !queue.first) return false;
  std::uint32_t reached = 0;
  for (const Piece& piece : queue.pieces) {
    if (piece.begin != reached) return false;
    reached = piece.end;
  }
  return reached == *queue.total;
}

std::optional<DecodedPacket> Defragmenter::join(const Queue& queue) {
  const auto ecn = joined_ecn(queue.ecn);
  if (!ecn) return std::nullopt;
  DecodedPacket whole = *queue.first;
  const bool v4 = whole.family() == Family::kIpv4;
  std::size_t header = payload_offset(whole);
  whole.bytes.resize(header);
  if (!v4) {
    // The fragment header goes: what pointed to it now points to what followed it.
    const std::uint8_t next = whole.bytes[whole.fragment_header];
    std::size_t pointer = 6, at = 40;
    while (at < whole.fragment_header) {
      const bool authentication = whole.bytes[pointer] == 51;
      pointer = at;
      at += authentication ? (whole.bytes[at + 1] + 2U) * 4U : (whole.bytes[at + 1] + 1U) * 8U;
    }
    whole.bytes[pointer] = next;
    header -= 8;
    whole.bytes.resize(header);
  }
  for (const Piece& piece : queue.pieces) {
    whole.blocks.push_back(piece.data.size() + (whole.blocks.empty() ? header : 0));
    whole.bytes.insert(whole.bytes.end(), piece.data.begin(), piece.data.end());
  }
  if (whole.bytes.size() > kLargestDatagram) return std::nullopt;
  whole.length = static_cast<std::uint32_t>(whole.bytes.size());
  whole.largest_fragment = queue.largest;
  whole.uncut_fragments = v4 && queue.largest == queue.largest_uncut;
  whole.fragments_id = queue.first->fragment_id;
  add_ecn(whole, *ecn);
  if (v4) {
    store16(whole.bytes, 2, whole.length);
    store16(whole.bytes, 6, whole.uncut_fragments ? 0x4000U : 0U);
    fill_header_checksum(whole.bytes);
  } else {
    store16(whole.bytes, 4, whole.length - 40);
  }
  refresh(whole);
  return whole;
}

std::optional<DecodedPacket> Defragmenter::add(const DecodedPacket& fragment, Nanoseconds now) {
  const bool v4 = fragment.family() == Family::kIpv4;
  const Key key{fragment.family(), fragment.fields.source(), fragment.fields.destination(),
                v4 ? fragment.protocol() : std::uint8_t{0}, fragment.fragment_id};
  std::erase_if(queues_, [&](const auto& entry) { return entry.second.expires <= now; });
  if (queues_.size() >= kMostQueues) queues_.erase(queues_.begin());
  Queue& queue = queues_[key];
  if (queue.expires == 0) queue.expires = now + (v4 ? 30 : 60) * kSecond;

  const ByteView data = ByteView(fragment.bytes).subspan(std::min(payload_offset(fragment), fragment.bytes.size()));
  Piece piece{.begin = fragment.fragment_offset,
              .end = fragment.fragment_offset + static_cast<std::uint32_t>(data.size()),
              .data = {data.begin(), data.end()}};
  if (fragment.more_fragments && piece.end % 8 != 0) {
    if (!v4) return std::nullopt;
    piece.end &= ~7U;
    if (piece.end > piece.begin) piece.data.resize(piece.end - piece.begin);
  }
  if (piece.end <= piece.begin) return std::nullopt;
  const auto overlaps = [&](const Piece& other) { return piece.begin < other.end && other.begin < piece.end; };
  const bool duplicate = std::any_of(queue.pieces.begin(), queue.pieces.end(), [&](const Piece& other) {
    return other.begin <= piece.begin && piece.end <= other.end;
  });
  if (duplicate) return std::nullopt;
  const bool beyond_end =
      queue.total && (piece.end > *queue.total || (!fragment.more_fragments && piece.end != *queue.total));
  if (beyond_end || std::any_of(queue.pieces.begin(), queue.pieces.end(), overlaps)) {
    queues_.erase(key);
    return std::nullopt;
  }
  queue.largest = std::max(queue.largest, fragment.length);
  if (v4 && (load16(fragment.bytes, 6) & 0x4000U) != 0)
    queue.largest_uncut = std::max(queue.largest_uncut, fragment.length);
  queue.ecn |= static_cast<std::uint8_t>(1U << ecn_of(fragment));
  if (!fragment.more_fragments) queue.total = piece.end;
  if (piece.begin == 0) queue.first = fragment;
  const auto place = std::find_if(queue.pieces.begin(), queue.pieces.end(),
                                  [&](const Piece& other) { return other.begin > piece.begin; });
  queue.pieces.insert(place, std::move(piece));
  if (!complete(queue)) return std::nullopt;
  auto whole = join(queue);
  queues_.erase(key);
  return whole;
}

}  // namespace nfproof::sim
