// SPDX-License-Identifier: Apache-2.0
// The four bounds: a segment begins no later than the receiver allows, ends no earlier than what the receiver may still
// wait for, acknowledges nothing that was never sent, and nothing too old.
#include "sim/tcp_window.h"

#include <algorithm>

namespace nfproof::sim {
namespace {

constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10, kUrg = 0x20;
constexpr std::uint8_t kEndOfList = 0, kNoOperation = 1, kWindowScale = 3, kSackPermitted = 4, kSack = 5;
constexpr std::uint8_t kLargestScale = 14;
constexpr std::uint32_t kOldestAck = 66000;

bool after(std::uint32_t a, std::uint32_t b) { return before(b, a); }

/// PSH, ECE and CWR may go with anything.
bool flags_possible(std::uint8_t flags) {
  switch (flags & (kFin | kSyn | kRst | kAck | kUrg)) {
    case kSyn:
    case kSyn | kUrg:
    case kSyn | kAck:
    case kRst:
    case kRst | kAck:
    case kFin | kAck:
    case kFin | kAck | kUrg:
    case kAck:
    case kAck | kUrg: return true;
    default: return false;
  }
}

/// Calls `take(kind, value)` for every option that is whole, until it returns false.
template <typename Take>
void for_each_option(ByteView options, Take take) {
  for (std::size_t at = 0; at < options.size();) {
    const std::uint8_t kind = options[at];
    if (kind == kEndOfList) return;
    if (kind == kNoOperation) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size()) return;
    const std::size_t size = options[at + 1];
    if (size < 2 || size > options.size() - at) return;
    if (!take(kind, options.subspan(at + 2, size - 2))) return;
    at += size;
  }
}

/// The highest right edge that is acknowledged selectively, or the acknowledgement itself.
std::uint32_t highest_sack(const TcpSegment& segment) {
  std::uint32_t highest = segment.acknowledgement;
  for_each_option(segment.options, [&](std::uint8_t kind, ByteView value) {
    constexpr std::size_t kBlock = 8;
    if (kind != kSack || value.size() < kBlock || value.size() % kBlock != 0) return true;
    for (std::size_t at = 0; at < value.size(); at += kBlock)
      if (const std::uint32_t edge = load32(value, at + 4); after(edge, highest)) highest = edge;
    return false;
  });
  return highest;
}

std::uint32_t at_least_one(std::uint32_t window) { return std::max<std::uint32_t>(window, 1); }

}  // namespace

std::optional<TcpSegment> read_segment(const DecodedPacket& packet) {
  TcpSegment segment;
  if (!read_segment(packet.bytes, packet.transport, packet.length, segment)) return std::nullopt;
  return segment;
}

bool read_segment(ByteView ip, std::size_t transport, std::uint32_t length, TcpSegment& segment) {
  if (!holds(ip, transport, 20)) return false;
  const ByteView header = ip.subspan(transport);
  const std::size_t size = (header[12] >> 4) * 4U;
  const std::size_t available = length - transport;
  if (size < 20 || available < size || !flags_possible(header[13])) return false;
  segment.syn = (header[13] & kSyn) != 0;
  segment.ack = (header[13] & kAck) != 0;
  segment.fin = (header[13] & kFin) != 0;
  segment.rst = (header[13] & kRst) != 0;
  segment.sequence = load32(header, 4);
  segment.acknowledgement = load32(header, 8);
  segment.end = segment.sequence + static_cast<std::uint32_t>(available - size) + (segment.syn ? 1U : 0U) +
                (segment.fin ? 1U : 0U);
  segment.window = load16(header, 14);
  segment.header_size = static_cast<std::uint8_t>(size);
  segment.options = header.subspan(20, std::min(size, header.size()) - 20);
  segment.sack = highest_sack(segment);
  return true;
}

void TcpSide::take_options(ByteView options) {
  if (options.empty()) return;
  scale = 0;
  scaling = sack = acked = unacknowledged = close_begun = false;
  for_each_option(options, [&](std::uint8_t kind, ByteView value) {
    if (kind == kSackPermitted && value.empty()) sack = true;
    if (kind == kWindowScale && value.size() == 1) {
      scale = std::min(value[0], kLargestScale);
      scaling = true;
    }
    return true;
  });
}

void TcpWindow::begin(const TcpSegment& segment) {
  sides_ = {};
  TcpSide& sender = sides_[0];
  sender.end = segment.end;
  sender.window = at_least_one(segment.window);
  sender.highest_end = segment.end;
  if (segment.syn) {
    sender.take_options(segment.options);
    return;
  }
  sender.highest_end += sender.window;
  for (TcpSide& side : sides_) side.liberal = side.sack = true;
}

void TcpWindow::restart(bool reply, const TcpSide& remembered) {
  side(reply) = remembered;
  const bool liberal = side(!reply).liberal;  // measured: it outlives what was known of the side
  side(!reply) = TcpSide();
  side(!reply).liberal = liberal;
}

void TcpWindow::begin_sender(TcpSide& sender, TcpSide& receiver, const TcpSegment& segment, bool reply) {
  sender.end = sender.highest_end = segment.end;
  sender.window = at_least_one(segment.window);
  sender.take_options(segment.options);
  // Windows are scaled only when both sides offer it.
  if (reply && !(sender.scaling && receiver.scaling)) sender.scale = receiver.scale = 0;
}

bool TcpWindow::introduce(const TcpSegment& segment, const Situation& situation, std::uint32_t sack) {
  TcpSide& sender = side(situation.reply);
  TcpSide& receiver = side(!situation.reply);
  if (sender.window != 0) {
    // A connection that is opened again may begin with any higher number.
    const bool opening = situation.syn_sent || situation.syn_received;
    if (!segment.syn || !opening || !after(segment.end, sender.end)) return false;
    begin_sender(sender, receiver, segment, situation.reply);
    return situation.reply && !segment.ack;
  }
  if (segment.syn) {
    begin_sender(sender, receiver, segment, situation.reply);
    return !segment.ack;
  }
  sender.end = segment.end;
  sender.window = at_least_one(std::uint32_t{segment.window} << sender.scale);
  sender.highest_end = segment.end + sender.window;
  if (receiver.window == 0)
    receiver.end = receiver.highest_end = sack;
  else if (sack == receiver.end + 1)
    ++receiver.end;  // probably the answer to a keep-alive
  return false;
}

TcpWindow::Verdict TcpWindow::check(const TcpSegment& segment, const Situation& situation) {
  TcpSide& sender = side(situation.reply);
  TcpSide& receiver = side(!situation.reply);
  std::uint32_t sequence = segment.sequence, end = segment.end, window = segment.window;
  const auto shift = static_cast<std::uint32_t>(situation.ack_shift);
  std::uint32_t ack = segment.acknowledgement - shift;
  std::uint32_t sack = (receiver.sack ? segment.sack : segment.acknowledgement) - shift;

  if (introduce(segment, situation, sack)) return Verdict::kInside;
  const bool nothing_acknowledged = !segment.ack || (segment.rst && ack == 0);
  if (nothing_acknowledged) ack = sack = receiver.end;
  if (segment.rst && sequence == 0 && situation.syn_sent) sequence = end = sender.end;

  const auto unless_liberal = [&](Verdict verdict) {
    return sender.liberal || situation.be_liberal ? Verdict::kTolerated : verdict;
  };
  const bool ends_inside = after(end, sender.end - receiver.window - 1);
  const bool ack_young = after(sack, receiver.end - std::max(sender.window, kOldestAck) - 1);
  const bool ack_known = before(sack, receiver.end + 1);
  if (!before(sequence, sender.highest_end + 1)) {
    const bool overshoots = receiver.window != 0 && ends_inside && ack_young && ack_known &&
                            end - sender.highest_end + 1 <= receiver.window;
    if (!overshoots) return unless_liberal(Verdict::kInvalid);
    sender.end = end;
    sender.unacknowledged = true;
    return unless_liberal(Verdict::kIgnore);
  }
  if (!ack_known) return unless_liberal(Verdict::kInvalid);
  if ((receiver.window != 0 && !ends_inside) || !ack_young) return unless_liberal(Verdict::kIgnore);

  if (!segment.syn) window <<= sender.scale;
  sender.window = std::max(sender.window, window + (sack - ack));
  if (after(end, sender.end)) {
    sender.end = end;
    sender.unacknowledged = true;
  }
  if (segment.ack && (!sender.acked || after(ack, sender.highest_ack))) {
    sender.highest_ack = ack;
    sender.acked = true;
  }
  if (receiver.window != 0 && after(end, sender.highest_end)) receiver.window += end - sender.highest_end;
  if (after(sack + window, receiver.highest_end - 1)) receiver.highest_end = sack + at_least_one(window);
  if (ack == receiver.end) receiver.unacknowledged = false;
  return Verdict::kInside;
}

}  // namespace nfproof::sim
