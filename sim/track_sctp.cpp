// SPDX-License-Identifier: Apache-2.0
// SCTP states by chunk type and the checks of the verification tag.
#include "sim/track_sctp.h"

#include <algorithm>
#include <array>

namespace nfproof::sim {
namespace {

enum ChunkType : std::uint8_t {
  kData = 0,
  kInit = 1,
  kInitAck = 2,
  kHeartbeat = 4,
  kHeartbeatAck = 5,
  kAbort = 6,
  kShutdown = 7,
  kShutdownAck = 8,
  kError = 9,
  kCookieEcho = 10,
  kCookieAck = 11,
  kShutdownComplete = 14,
};

/// Letters: N none, C closed, W cookie_wait, K cookie_echoed, E established, S shutdown_sent, R shutdown_received,
/// A shutdown_ack_sent, H heartbeat_sent, - invalid. Columns in the order of `State`.
constexpr std::string_view kLetters = "NCWKESRAH";
struct Row {
  std::uint8_t chunk;
  std::string_view original;
  std::string_view reply;
};
constexpr std::array<Row, 11> kRows = {{
    {kInit, "CCWKECCAW", "-CWKESRA-"},
    {kInitAck, "CCWKESRAC", "-WWKESRA-"},
    {kAbort, "CCCCCCCCC", "-CCCCCCC-"},
    {kShutdown, "CCWKSSRAC", "-CWKRSRA-"},
    {kShutdownAck, "ACWKEAAAA", "-CWKEAAA-"},
    {kError, "CCWKESRAC", "-CWCESRA-"},
    {kCookieEcho, "CCKKESRAC", "-CKKESRA-"},
    {kCookieAck, "CCWEESRAC", "-CWEESRA-"},
    {kShutdownComplete, "CCWKESRCC", "-CWKESRC-"},
    {kHeartbeat, "HCWKESRAH", "-CWKESRAH"},
    {kHeartbeatAck, "CCWKESRAH", "-CWKESRAE"},
}};

constexpr std::array<std::string_view, 9> kStateNames = {
    "NONE",          "CLOSED",        "COOKIE_WAIT",       "COOKIE_ECHOED", "ESTABLISHED",
    "SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT"};

/// Nothing: invalid.
std::optional<SctpTrack::State> next_state(bool reply, SctpTrack::State from, std::uint8_t chunk) {
  const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.chunk == chunk; });
  if (row == kRows.end()) return from;
  const char letter = (reply ? row->reply : row->original)[static_cast<std::size_t>(from)];
  const auto index = kLetters.find(letter);
  if (index == std::string_view::npos) return std::nullopt;
  return static_cast<SctpTrack::State>(index);
}

/// Chunks that may come without the right tag, or have rules of their own about it.
bool exempt_from_tag(std::uint8_t type) {
  return type == kInit || type == kShutdownComplete || type == kCookieEcho || type == kAbort || type == kShutdownAck ||
         type == kHeartbeat || type == kHeartbeatAck;
}

}  // namespace

std::string_view sctp_state_name(SctpTrack::State state) { return kStateNames[static_cast<std::size_t>(state)]; }

std::optional<SctpTrack::State> find_sctp_state(std::string_view name) {
  const auto found = std::find(kStateNames.begin(), kStateNames.end(), name);
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<SctpTrack::State>(found - kStateNames.begin());
}

bool SctpTrack::begin(ByteView packet, std::uint32_t tag, const std::vector<Chunk>& chunks) {
  *this = SctpTrack();
  for (const Chunk& chunk : chunks) {
    const auto next = next_state(false, State::kNone, chunk.type);
    if (!next || *next == State::kNone) return false;
    if (chunk.type == kInit) {
      if (tag != 0 || !holds(packet, chunk.offset + 4, 16)) return false;
      tags_[1] = load32(packet, chunk.offset + 4);
    } else if (chunk.type == kHeartbeat) {
      tags_[0] = tag;
    } else if (chunk.type == kShutdownAck) {
      tags_[1] = tag;
    }
  }
  return true;
}

/// A peer that has changed its path may send a heartbeat with another tag; the answer to it makes that tag the right
/// one.
SctpTrack::Tag SctpTrack::judge_heartbeat(const Chunk& chunk, std::uint32_t tag, std::size_t direction, bool strict) {
  if (tags_[direction] == 0) {
    tags_[direction] = tag;
    return Tag::kFits;
  }
  if (tag == tags_[direction]) {
    heartbeat_failed_ = false;
    return Tag::kFits;
  }
  if (strict) return Tag::kWrong;
  if (chunk.type == kHeartbeat) {
    heartbeat_failed_ = true;
    failed_direction_ = direction;
    return Tag::kIgnored;
  }
  if (!heartbeat_failed_ || failed_direction_ == direction) return Tag::kWrong;
  heartbeat_failed_ = false;
  tags_[direction] = tag;
  tags_[1 - direction] = 0;
  return Tag::kFits;
}

SctpTrack::Tag SctpTrack::judge_tag(const Chunk& chunk, std::uint32_t tag, std::size_t direction, bool strict) {
  const auto fits = [](bool value) { return value ? Tag::kFits : Tag::kWrong; };
  switch (chunk.type) {
    case kInit: return fits(tag == 0);
    case kAbort:
    case kShutdownComplete: return fits(tag == tags_[(chunk.flags & 1U) != 0 ? 1 - direction : direction]);
    case kCookieEcho: return fits(tag == tags_[direction]);
    case kCookieAck: init_ = {}; return Tag::kFits;
    case kHeartbeat:
    case kHeartbeatAck: return judge_heartbeat(chunk, tag, direction, strict);
    default: return Tag::kFits;
  }
}

bool SctpTrack::note_init(ByteView packet, const Chunk& chunk, std::size_t direction) {
  if (!holds(packet, chunk.offset + 4, 16)) return false;
  const std::uint32_t tag = load32(packet, chunk.offset + 4);
  const std::size_t other = 1 - direction;
  if (chunk.type == kInit) {
    if (init_[0] && init_[1]) init_[other] = false;
    init_[direction] = true;
  } else {
    const std::uint32_t known = tags_[other];
    if (!init_[other] && known != 0 && known != tag) return false;
    if (init_[0] && init_[1] && known != tag) return false;
  }
  tags_[other] = tag;
  return true;
}

bool SctpTrack::follow(const DecodedPacket& packet, bool reply, bool confirmed) {
  became_established_ = ignored_ = false;
  if (!packet.has_transport(12)) return false;
  const ByteView bytes = packet.bytes;
  const std::uint32_t tag = load32(bytes, packet.transport + 4);
  std::vector<Chunk> chunks;
  bool alone = false;
  for (std::size_t offset = packet.transport + 12; holds(bytes, offset, 4);) {
    const std::uint16_t length = load16(bytes, offset + 2);
    const Chunk chunk{bytes[offset], bytes[offset + 1], offset};
    alone |= chunk.type == kInit || chunk.type == kInitAck || chunk.type == kShutdownComplete;
    const bool must_lead = alone || chunk.type == kCookieAck || chunk.type == kCookieEcho;
    if ((must_lead && !chunks.empty()) || length == 0) return false;
    chunks.push_back(chunk);
    offset += (length + 3U) & ~3U;
  }
  if (chunks.empty()) return false;
  const auto any = [&](auto&& test) {
    return std::any_of(chunks.begin(), chunks.end(), [&](const Chunk& chunk) { return test(chunk.type); });
  };
  if (!confirmed) {
    if (any([](auto type) { return type == kAbort || type == kShutdownComplete || type == kCookieAck; })) return false;
    if (!begin(bytes, tag, chunks)) return false;
  }
  const std::size_t direction = reply ? 1 : 0;
  if (!any(exempt_from_tag) && tag != tags_[direction]) return false;
  bool strict = any([](auto type) { return type == kData; });
  for (const Chunk& chunk : chunks) {
    const Tag judged = judge_tag(chunk, tag, direction, strict);
    if (judged == Tag::kWrong) return false;
    if (judged == Tag::kIgnored) {
      strict = ignored_ = true;
      continue;
    }
    const auto next = next_state(reply, state_, chunk.type);
    if (!next) return false;
    if ((chunk.type == kInit || chunk.type == kInitAck) && !note_init(bytes, chunk, direction)) return false;
    became_established_ |= state_ != *next && *next == State::kEstablished;
    // A repeated INIT keeps nothing alive.
    ignored_ |= chunk.type == kInit && confirmed && state_ == State::kClosed && *next == State::kClosed;
    state_ = *next;
  }
  return true;
}

}  // namespace nfproof::sim
