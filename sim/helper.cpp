// SPDX-License-Identifier: Apache-2.0
// Which helper reads a packet, tftp, and the changing of data.
#include "sim/helper.h"

#include "sim/checksum.h"
#include "sim/tcp_window.h"

namespace nfproof::sim {

HelperKind helper_kind(std::string_view name) {
  if (name.empty()) return HelperKind::kNone;
  if (name == "ftp") return HelperKind::kFtp;
  return name == "tftp" ? HelperKind::kTftp : HelperKind::kOther;
}

HelpVerdict help_tftp(Conntrack& conntrack, const DecodedPacket& packet, const Track& track, Nanoseconds now) {
  constexpr std::uint16_t kRead = 1, kWrite = 2;
  if (packet.cut_short && !packet.has_transport(10)) return HelpVerdict::kUnseen;
  if (!packet.has_transport(10)) return HelpVerdict::kAccept;
  const std::uint16_t operation = load16(packet.bytes, packet.transport + 8);
  if (operation != kRead && operation != kWrite) return HelpVerdict::kAccept;
  const Connection& connection = *track.connection;
  Expectation expectation{.tuple = connection.tuples[1], .master = track.connection};
  expectation.tuple.source_port = 0;
  expectation.tuple.zone = connection.tuples[0].zone;
  expectation.translated = (connection.status & (ir::kIpsSrcNat | ir::kIpsDstNat)) != 0;
  expectation.master_reply = true;
  expectation.inner_port = connection.tuples[0].source_port;
  return conntrack.expectations().enter(expectation, now) ? HelpVerdict::kAccept : HelpVerdict::kDrop;
}

HelpVerdict run_helper(Conntrack& conntrack, DecodedPacket& packet, const Track& track, Nanoseconds now) {
  const Connection& connection = *track.connection;
  switch (connection.helping ? connection.helping->kind : HelperKind::kNone) {
    case HelperKind::kFtp: return help_ftp(conntrack, packet, track, now);
    case HelperKind::kTftp: return help_tftp(conntrack, packet, track, now);
    case HelperKind::kNone:
    case HelperKind::kOther: break;
  }
  return HelpVerdict::kAccept;
}

void replace_data(DecodedPacket& packet, const Track& track, std::size_t offset, std::size_t size,
                  std::string_view with) {
  std::vector<std::uint8_t>& bytes = packet.bytes;
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(offset);
  bytes.insert(bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(size)), with.begin(), with.end());
  packet.length = static_cast<std::uint32_t>(bytes.size());
  if (packet.family() == ir::Family::kIpv4) {
    store16(bytes, 2, packet.length);
    fill_header_checksum(bytes);
  } else {
    store16(bytes, 4, packet.length - 40);
  }
  fill_transport_checksum(bytes, packet.family(), packet.transport, packet.protocol());
  refresh(packet);
  const auto grown = static_cast<std::int32_t>(with.size()) - static_cast<std::int32_t>(size);
  if (grown != 0) track.connection->helping->shift.change(track.reply, load32(bytes, packet.transport + 4), grown);
}

}  // namespace nfproof::sim
