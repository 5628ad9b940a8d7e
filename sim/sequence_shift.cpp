// SPDX-License-Identifier: Apache-2.0
// Offsets before and after the last change of each direction.
#include "sim/sequence_shift.h"

#include "sim/rewrite.h"
#include "sim/tcp_window.h"

namespace nfproof::sim {

void SequenceShift::change(bool reply, std::uint32_t sequence, std::int32_t by) {
  if (by == 0) return;
  Way& way = ways_[reply ? 1 : 0];
  if (way.before != way.after && !sim::before(way.position, sequence)) return;
  way.position = sequence;
  way.before = way.after;
  way.after += by;
}

std::int32_t SequenceShift::offset(bool reply, std::uint32_t sequence) const {
  const Way& way = ways_[reply ? 1 : 0];
  return sim::before(way.position, sequence) ? way.after : way.before;
}

std::uint32_t SequenceShift::moved_ack(bool reply, std::uint32_t ack) const {
  const Way& other = ways_[reply ? 0 : 1];
  const bool behind = sim::before(other.position, ack - static_cast<std::uint32_t>(other.before));
  return ack - static_cast<std::uint32_t>(behind ? other.after : other.before);
}

bool SequenceShift::adjust(DecodedPacket& packet, bool reply) const {
  const auto segment = read_segment(packet);
  if (!segment) return false;
  const std::size_t at = packet.transport;
  const auto moved = segment->sequence + static_cast<std::uint32_t>(offset(reply, segment->sequence));
  change_tcp32(packet, at + 4, moved);
  if (segment->ack) {
    change_tcp32(packet, at + 8, moved_ack(reply, segment->acknowledgement));
    constexpr std::uint8_t kSack = 5;
    const ByteView options = segment->options;
    for (std::size_t i = 0; i < options.size();) {
      if (options[i] == 0) break;
      const std::size_t size = options[i] == 1 ? 1 : i + 1 < options.size() ? options[i + 1] : 0;
      if (size == 0 || size > options.size() - i || (options[i] != 1 && size < 2)) break;
      for (std::size_t edge = i + 2; options[i] == kSack && edge + 4 <= i + size; edge += 4)
        change_tcp32(packet, at + 20 + edge, moved_ack(reply, load32(options, edge)));
      i += size;
    }
  }
  refresh(packet);
  return true;
}

}  // namespace nfproof::sim
