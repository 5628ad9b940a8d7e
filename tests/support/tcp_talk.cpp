// SPDX-License-Identifier: Apache-2.0
// The script of a connection and the ways to leave it.
#include "tests/support/tcp_talk.h"

#include <algorithm>

namespace nfproof::testing {
namespace {

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32;

std::size_t below(std::mt19937_64& random, std::size_t bound) { return random() % bound; }
bool chance(std::mt19937_64& random, unsigned percent) { return below(random, 100) < percent; }

/// How far a number may be beside the right one.
std::uint32_t some_distance(std::mt19937_64& random) {
  static constexpr std::int64_t kDistances[] = {
      0,     1,      -1,      2,        20,     -20,    1000,   -1000,   65535,      -65535,   66000, -66000,
      66001, -66002, 4000000, -4000000, 100000, 500000, -70000, -500000, 0x7fffffff, -1500000, 29,    -7};
  return static_cast<std::uint32_t>(kDistances[below(random, std::size(kDistances))]);
}

const WireBytes kTimestamps = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0};

}  // namespace

TcpTalk::TcpTalk(std::mt19937_64& random) { begin(random); }

void TcpTalk::begin(std::mt19937_64& random) {
  static const WireBytes kOptions[] = {{},
                                       {2, 4, 5, 180},
                                       {2, 4, 2, 24},
                                       {1, 1, 4, 2},
                                       {2, 4, 5, 180, 4, 2, 1, 1},
                                       {2, 4, 5, 180, 1, 3, 3, 7},
                                       {2, 4, 5, 180, 4, 2, 1, 3, 3, 2, 1, 1},
                                       {3, 3, 20, 0},
                                       {2, 4, 5, 180, 1, 3, 3, 5, 4, 2, 0, 0},
                                       {4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 4}};
  static constexpr std::uint16_t kWindows[] = {60000, 65535, 1024, 512, 20, 8192, 0, 1};
  for (End& end : ends_) {
    // Numbers that wrap around are no rarity.
    end.first = chance(random, 30) ? 0xffffffffU - static_cast<std::uint32_t>(below(random, 60))
                                   : static_cast<std::uint32_t>(random());
    end.next = end.first;
    end.window = kWindows[below(random, chance(random, 85) ? 6 : 8)];
    end.syn_options = kOptions[below(random, std::size(kOptions))];
    end.timestamps = chance(random, 20);
  }
  phase_ = Phase::kSyn;
  closer_ = chance(random, 40);
}

TcpTalk::Segment TcpTalk::segment(bool reply, std::uint8_t flags, std::size_t payload) const {
  const End& sender = ends_[reply ? 1 : 0];
  const End& receiver = ends_[reply ? 0 : 1];
  Segment segment;
  segment.reply = reply;
  segment.fields.flags = flags;
  segment.fields.sequence = sender.next;
  segment.fields.acknowledgement = (flags & kAck) != 0 ? receiver.next : 0;
  segment.fields.window = sender.window;
  segment.fields.payload = payload;
  if ((flags & kSyn) != 0)
    segment.fields.options = sender.syn_options;
  else if (sender.timestamps)
    segment.fields.options = kTimestamps;
  return segment;
}

void TcpTalk::add_sack(std::mt19937_64& random, Segment& segment) const {
  const End& receiver = ends_[segment.reply ? 0 : 1];
  const std::uint32_t left = receiver.next + (chance(random, 60) ? 0 : some_distance(random));
  const std::uint32_t right = left + static_cast<std::uint32_t>(below(random, 60));
  const auto byte = [](std::uint32_t value, int shift) { return static_cast<std::uint8_t>(value >> shift); };
  segment.fields.options = {1, 1, 5, 10};
  for (const std::uint32_t edge : {left, right})
    for (const int shift : {24, 16, 8, 0}) segment.fields.options.push_back(byte(edge, shift));
  segment.fields.acknowledgement -= static_cast<std::uint32_t>(below(random, 40));
}

TcpTalk::Segment TcpTalk::expected(std::mt19937_64& random) {
  const auto send = [&](bool reply, std::uint8_t flags, std::size_t payload = 0) {
    const Segment made = segment(reply, flags, payload);
    ends_[reply ? 1 : 0].next +=
        static_cast<std::uint32_t>(payload) + ((flags & kSyn) != 0 ? 1U : 0U) + ((flags & kFin) != 0 ? 1U : 0U);
    return made;
  };
  const std::size_t data = below(random, 4) == 0 ? 400 + below(random, 700) : 1 + below(random, 40);
  switch (phase_) {
    case Phase::kSyn: phase_ = Phase::kSynAck; return send(false, kSyn);
    case Phase::kSynAck: phase_ = Phase::kAck; return send(true, kSyn | kAck);
    case Phase::kAck: phase_ = Phase::kTalk; return send(false, kAck, chance(random, 15) ? data : 0);
    case Phase::kTalk: {
      if (chance(random, 12)) {
        phase_ = Phase::kSecondFin;
        return send(closer_, kFin | kAck);
      }
      const bool reply = chance(random, 50);
      if (chance(random, 35)) return send(reply, kAck);
      return send(reply, chance(random, 50) ? kAck | kPsh : kAck, data);
    }
    case Phase::kFirstFin:
    case Phase::kSecondFin:
      if (chance(random, 40)) return send(!closer_, kAck, chance(random, 30) ? data : 0);
      phase_ = Phase::kLastAck;
      return send(!closer_, kFin | kAck);
    case Phase::kLastAck: phase_ = Phase::kOver; return send(closer_, kAck);
    case Phase::kOver: begin(random); return expected(random);
  }
  return send(false, kSyn);
}

TcpTalk::Segment TcpTalk::reset(std::mt19937_64& random) {
  Segment made = segment(chance(random, 50), chance(random, 50) ? kRst : kRst | kAck, chance(random, 8) ? 12 : 0);
  if (chance(random, 45)) made.fields.sequence += some_distance(random);
  if (chance(random, 15)) made.fields.sequence = 0;
  if (chance(random, 20)) made.fields.acknowledgement = 0;
  return made;
}

/// A SYN with numbers of its own in the middle; what follows may answer it.
TcpTalk::Segment TcpTalk::fresh_syn(std::mt19937_64& random) {
  if (chance(random, 50)) {
    begin(random);
    return expected(random);
  }
  Segment made = segment(chance(random, 25), kSyn);
  if (chance(random, 60)) made.fields.sequence += some_distance(random);
  return made;
}

TcpTalk::Segment TcpTalk::unexpected(std::mt19937_64& random) {
  static constexpr std::uint8_t kFlags[] = {kSyn,        kAck,        kRst,        kRst | kAck, kSyn | kAck,
                                            kFin | kAck, kFin,        0,           63,          kSyn | kFin,
                                            kSyn | 0xc0, kSyn | kPsh, kAck | kUrg, kSyn | kUrg, kFin | kAck | kUrg};
  switch (below(random, 10)) {
    case 0:
    case 1:
      if (!sent_.empty()) return sent_[below(random, sent_.size())];
      break;
    case 2: return segment(chance(random, 50), kFlags[below(random, std::size(kFlags))], chance(random, 20) ? 9 : 0);
    case 3: return reset(random);
    case 4: return fresh_syn(random);
    case 5: {
      Segment made = expected(random);
      made.fields.sequence += some_distance(random);
      return made;
    }
    case 6: {
      Segment made = expected(random);
      made.fields.acknowledgement += some_distance(random);
      return made;
    }
    case 7: {
      Segment made = segment(chance(random, 50), kAck);
      add_sack(random, made);
      return made;
    }
    case 8: {
      Segment made = segment(chance(random, 50), kAck, chance(random, 50) ? 1 : 0);  // keep-alive
      --made.fields.sequence;
      return made;
    }
    case 9: {
      Segment made = expected(random);
      made.fields.window = static_cast<std::uint16_t>(chance(random, 50) ? 0 : below(random, 65536));
      return made;
    }
    default: break;
  }
  return expected(random);
}

TcpTalk::Segment TcpTalk::next(std::mt19937_64& random, bool odd) {
  Segment made = odd ? unexpected(random) : expected(random);
  constexpr std::size_t kRemembered = 6;
  if (sent_.size() >= kRemembered) sent_.erase(sent_.begin());
  sent_.push_back(made);
  return made;
}

}  // namespace nfproof::testing
