// SPDX-License-Identifier: Apache-2.0
// TCP states: the transition table and the exceptions around it.
#include "sim/track_tcp.h"

#include <string_view>

namespace nfproof::sim {
namespace {

constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10, kUrg = 0x20;

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

bool before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

constexpr char kInvalid = '-';
constexpr char kIgnored = '.';

/// Column: old state in the order of `State`. Letter: new state.
/// N none, S syn_sent, R syn_recv, E established, F fin_wait, W close_wait, L last_ack, T time_wait, C close, 2
/// syn_sent2.
constexpr std::string_view kLetters = "NSREFWLTC2";
constexpr std::array<std::array<std::string_view, 6>, 2> kTransitions = {{
    // syn, syn+ack, fin, ack, rst, none
    {"SS.....SS2", "--R------R", "--FFLLLTC-", "E-EEWWTTC-", "-CCCCCCCCC", "----------"},  // original direction
    {"-2-----S-2", "-R.......R", "--FFLLLTC-", "-.REWWTTC.", "-CCCCCCCCC", "----------"},  // reply direction
}};

}  // namespace

std::optional<TcpSegment> read_segment(const DecodedPacket& packet) {
  if (!packet.has_transport(20)) return std::nullopt;
  const ByteView header = ByteView(packet.bytes).subspan(packet.transport);
  const std::size_t size = (header[12] >> 4) * 4U;
  const std::size_t available = packet.length - packet.transport;
  if (size < 20 || available < size || !flags_possible(header[13])) return std::nullopt;
  TcpSegment segment;
  segment.syn = (header[13] & kSyn) != 0;
  segment.ack = (header[13] & kAck) != 0;
  segment.fin = (header[13] & kFin) != 0;
  segment.rst = (header[13] & kRst) != 0;
  segment.sequence = load32(header, 4);
  segment.acknowledgement = load32(header, 8);
  segment.end = segment.sequence + static_cast<std::uint32_t>(available - size) + (segment.syn ? 1U : 0U) +
                (segment.fin ? 1U : 0U);
  return segment;
}

TcpTrack::Kind TcpTrack::kind_of(const TcpSegment& segment) {
  if (segment.rst) return Kind::kRst;
  if (segment.syn) return segment.ack ? Kind::kSynAck : Kind::kSyn;
  if (segment.fin) return Kind::kFin;
  return segment.ack ? Kind::kAck : Kind::kNone;
}

char TcpTrack::transition(bool reply, Kind kind, State from) {
  return kTransitions[reply ? 1 : 0][static_cast<std::size_t>(kind)][static_cast<std::size_t>(from)];
}

bool TcpTrack::begin(const TcpSegment& segment) {
  const char letter = transition(false, kind_of(segment), State::kNone);
  if (letter == kInvalid) return false;
  *this = TcpTrack();
  sides_[0].started = true;
  sides_[0].end = segment.end;
  sides_[0].liberal = sides_[1].liberal = !segment.syn;
  return true;
}

TcpTrack::Outcome TcpTrack::ignore(const TcpSegment& segment, bool reply, Kind kind) {
  last_kind_ = kind;
  last_reply_ = reply;
  last_end_ = segment.end;
  if (kind == Kind::kSyn && !reply) {
    simultaneous_open_ = false;
    expects_challenge_ = state_ == State::kLastAck;
  }
  return Outcome::kIgnore;
}

bool TcpTrack::closing() const {
  switch (state_) {
    case State::kFinWait:
    case State::kLastAck:
    case State::kTimeWait:
    case State::kClose:
    case State::kCloseWait: return true;
    case State::kNone:
    case State::kSynSent:
    case State::kSynRecv:
    case State::kEstablished:
    case State::kSynSent2: return false;
  }
  return false;
}

TcpTrack::Reset TcpTrack::judge_reset(const TcpSegment& segment, const Facts& facts) const {
  if (closing()) return {.unseen = true};
  const Side& peer = sides_[facts.reply ? 0 : 1];
  Reset reset;
  if (peer.acked && last_kind_ != Kind::kSyn) {
    const bool established = state_ == State::kEstablished && facts.assured;
    if (segment.sequence == 0 && !established) return reset;
    if (before(segment.sequence, peer.highest_ack)) return {.invalid = true};
    if (!established || segment.sequence == peer.highest_ack) return reset;
    const bool follows_data = last_kind_ == Kind::kAck && last_reply_ == facts.reply && segment.sequence == last_end_;
    if (follows_data) return reset;
    reset.keeps_state = true;
  }
  const bool answers_ignored =
      (facts.seen_reply && last_kind_ == Kind::kSyn) || (!facts.assured && last_kind_ == Kind::kAck);
  reset.unseen = answers_ignored && segment.acknowledgement == last_end_;
  return reset;
}

bool TcpTrack::learn(const TcpSegment& segment, bool reply) {
  Side& sender = sides_[reply ? 1 : 0];
  Side& receiver = sides_[reply ? 0 : 1];
  std::uint32_t ack = segment.acknowledgement;
  const bool opening = state_ == State::kSynSent || state_ == State::kSynRecv;
  if (!sender.started || (segment.syn && opening && before(sender.end, segment.end))) {
    sender.started = true;
    sender.end = segment.end;
    if (segment.syn) sender.liberal = false;
    if (!segment.syn && !receiver.started) receiver.end = ack;
    if (segment.syn && !segment.ack && reply) return true;
  }
  if (!segment.ack || (segment.rst && ack == 0)) ack = receiver.end;
  if (before(receiver.end, ack) && !sender.liberal) return false;
  if (before(sender.end, segment.end)) sender.end = segment.end;
  if (segment.ack && (!sender.acked || before(sender.highest_ack, ack))) sender.highest_ack = ack, sender.acked = true;
  if (kind_of(segment) == Kind::kAck) last_end_ = segment.end;
  return true;
}

TcpTrack::Outcome TcpTrack::follow(const TcpSegment& segment, const Facts& facts) {
  became_assured_ = false;
  const Kind kind = kind_of(segment);
  State old_state = state_;
  const char letter = transition(facts.reply, kind, old_state);
  if (letter == kInvalid) return Outcome::kInvalid;
  Reset reset;
  State next = letter == kIgnored ? old_state : static_cast<State>(kLetters.find(letter));

  const bool reopens = letter == 'S' && old_state >= State::kTimeWait && old_state != State::kSynSent2;
  if (reopens) {
    const bool over =
        sides_[0].close_begun || sides_[1].close_begun || (last_reply_ == facts.reply && last_kind_ == Kind::kRst);
    if (over) return Outcome::kRestart;
  }
  if (letter == kIgnored || reopens) {
    const bool answers_ignored_syn = kind == Kind::kSynAck && last_kind_ == Kind::kSyn && last_reply_ != facts.reply &&
                                     segment.acknowledgement == last_end_;
    if (!answers_ignored_syn) return ignore(segment, facts.reply, kind);
    old_state = State::kSynSent;
    next = State::kSynRecv;
    sides_[last_reply_ ? 1 : 0] = Side{.started = true, .end = last_end_};
    sides_[facts.reply ? 1 : 0] = Side{};
  } else if (next == State::kTimeWait && old_state == State::kLastAck && kind == Kind::kAck &&
             last_reply_ != facts.reply && last_kind_ == Kind::kSyn && expects_challenge_) {
    expects_challenge_ = false;
    return Outcome::kIgnore;
  } else if (next == State::kSynSent2) {
    simultaneous_open_ = true;
  } else if (next == State::kSynRecv && facts.reply && kind == Kind::kAck && simultaneous_open_) {
    next = State::kEstablished;
  } else if (kind == Kind::kRst && next == State::kClose) {
    reset = judge_reset(segment, facts);
    if (reset.invalid) return Outcome::kInvalid;
    if (reset.keeps_state) next = old_state;
  }

  if (!reset.unseen && !learn(segment, facts.reply)) return Outcome::kInvalid;
  last_kind_ = kind;
  last_reply_ = facts.reply;
  state_ = next;
  if (old_state != next && next == State::kFinWait) sides_[facts.reply ? 1 : 0].close_begun = true;
  if (!facts.seen_reply) return segment.rst ? Outcome::kEnd : Outcome::kAccept;
  const bool was_open = old_state == State::kSynRecv || old_state == State::kEstablished;
  became_assured_ = !facts.assured && was_open && next == State::kEstablished;
  return Outcome::kAccept;
}

unsigned TcpTrack::timeout(bool seen_reply) const {
  switch (state_) {
    case State::kNone:
    case State::kSynSent:
    case State::kSynSent2:
    case State::kFinWait:
    case State::kTimeWait: return 120;
    case State::kSynRecv:
    case State::kCloseWait: return 60;
    case State::kEstablished: return seen_reply ? 5 * 24 * 3600 : 300;
    case State::kLastAck: return 30;
    case State::kClose: return 10;
  }
  return 120;
}

}  // namespace nfproof::sim
