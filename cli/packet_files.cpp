// SPDX-License-Identifier: Apache-2.0
// Packets that a replay writes.
#include "cli/packet_files.h"

#include "sim/link.h"

namespace nfproof::cli {
namespace {

sim::WrittenPacket written(const sim::CapturedPacket& captured, std::size_t link_header) {
  sim::WrittenPacket packet;
  packet.link_header = captured.data.first(link_header);
  packet.link = captured.link;
  packet.time = captured.time;
  packet.sender = captured.sender;
  return packet;
}

}  // namespace

PacketFiles::PacketFiles(const std::string& accepted, const std::string& dropped, const sim::CaptureReader& capture) {
  const auto open = [&](const std::string& path, File& file) {
    file.path = path;
    if (!path.empty()) file.writer.emplace(path, capture.first_link(), capture.has_nanoseconds());
  };
  open(accepted, accepted_);
  open(dropped, dropped_);
}

bool PacketFiles::tell(Terminal& terminal, const File& file) {
  if (!file.writer || file.writer->error().empty()) return true;
  terminal.error('`' + file.path + "` cannot be written: " + file.writer->error());
  return false;
}

bool PacketFiles::good(Terminal& terminal) const {
  const bool accepted = tell(terminal, accepted_);
  return tell(terminal, dropped_) && accepted;
}

void PacketFiles::write(const sim::CapturedPacket& captured, const sim::Result& result) {
  using sim::Disposition;
  const bool through = result.disposition == Disposition::kAccepted;
  const bool refused = result.disposition == Disposition::kDropped || result.disposition == Disposition::kRejected ||
                       result.disposition == Disposition::kDiscarded;
  if (through ? !accepted_.writer : !refused || !dropped_.writer) return;
  const auto link = sim::decode_link(captured.data, captured.link);
  if (!link) return;
  sim::WrittenPacket packet = written(captured, link->ip_offset);
  packet.direction = sim::Direction::kIncoming;
  packet.interface = result.before.in;
  if (through) {
    packet.ip = result.bytes;
    packet.length = static_cast<std::uint32_t>(result.after.get_or(ir::FieldId::kLength, 0));
    if (!result.after.out.empty()) {
      packet.direction = sim::Direction::kOutgoing;
      packet.interface = result.after.out;
    }
  } else {
    packet.ip = captured.data.subspan(link->ip_offset);
    packet.length = captured.original_length > link->ip_offset
                        ? static_cast<std::uint32_t>(captured.original_length - link->ip_offset)
                        : 0;
    if (packet.interface.empty()) packet.direction = sim::Direction::kOutgoing, packet.interface = result.before.out;
  }
  sim::CaptureWriter& writer = *(through ? accepted_ : dropped_).writer;
  if (!through || result.pieces.empty()) return writer.write(packet);
  for (const std::vector<std::uint8_t>& piece : result.pieces) {
    packet.ip = piece;
    packet.length = static_cast<std::uint32_t>(piece.size());
    writer.write(packet);
  }
}

bool PacketFiles::close(Terminal& terminal) {
  for (File* file : {&accepted_, &dropped_})
    if (file->writer) file->writer->close();
  return good(terminal);
}

}  // namespace nfproof::cli
