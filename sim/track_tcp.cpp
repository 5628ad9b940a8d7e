// SPDX-License-Identifier: Apache-2.0
// TCP states: the transition table and the exceptions around it.
#include "sim/track_tcp.h"

#include <algorithm>
#include <array>

namespace nfproof::sim {
namespace {

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

constexpr std::array<std::string_view, 10> kStateNames = {"NONE",     "SYN_SENT",   "SYN_RECV", "ESTABLISHED",
                                                          "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
                                                          "CLOSE",    "SYN_SENT2"};

}  // namespace

std::string_view tcp_state_name(TcpTrack::State state) { return kStateNames[static_cast<std::size_t>(state)]; }

std::optional<TcpTrack::State> find_tcp_state(std::string_view name) {
  const auto found = std::find(kStateNames.begin(), kStateNames.end(), name);
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<TcpTrack::State>(found - kStateNames.begin());
}

TcpTrack::TcpTrack(State state) : state_(state) {
  for (const bool reply : {false, true}) window_.side(reply).liberal = window_.side(reply).sack = true;
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

bool TcpTrack::begin(const TcpSegment& segment, const TrackingSettings::Tcp& settings) {
  const char letter = transition(false, kind_of(segment), State::kNone);
  if (letter == kInvalid || (letter != 'S' && !settings.loose)) return false;
  *this = TcpTrack();
  window_.begin(segment);
  return true;
}

/// A SYN may begin a connection of which this side knows nothing: what it says is kept until the server answers.
TcpTrack::Outcome TcpTrack::ignore(const TcpSegment& segment, bool reply, Kind kind) {
  last_kind_ = kind;
  last_reply_ = reply;
  last_sequence_ = segment.sequence;
  last_end_ = segment.end;
  last_window_ = segment.window;
  if (kind == Kind::kSyn && !reply) {
    simultaneous_open_ = false;
    expects_challenge_ = state_ == State::kLastAck;
    ignored_syn_ = TcpSide();
    ignored_syn_.take_options(segment.options);
  }
  if (state_ == State::kSynSent && kind == Kind::kAck && reply) last_ack_ = segment.acknowledgement;
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

TcpTrack::Reset TcpTrack::judge_reset(const TcpSegment& segment, const Facts& facts,
                                      const TrackingSettings::Tcp& settings) const {
  if (closing()) return {.unseen = true};
  const TcpSide& peer = window_.side(!facts.reply);
  Reset reset;
  if (peer.acked && last_kind_ != Kind::kSyn) {
    const bool established = state_ == State::kEstablished && facts.assured;
    if (segment.sequence == 0 && !established) return reset;
    if (before(segment.sequence, peer.highest_ack) && !settings.ignore_invalid_rst) return {.invalid = true};
    if (!established || segment.sequence == peer.highest_ack) return reset;
    const bool follows_data = last_kind_ == Kind::kAck && last_reply_ == facts.reply && segment.sequence == last_end_;
    if (follows_data) return reset;
    reset.keeps_state = true;
  }
  const bool answers_syn = facts.seen_reply && last_kind_ == Kind::kSyn && last_reply_ != facts.reply;
  const bool answers_ignored = answers_syn || (!facts.assured && last_kind_ == Kind::kAck);
  const bool answers_challenge =
      state_ == State::kSynSent && last_kind_ == Kind::kAck && last_reply_ && segment.sequence == last_ack_;
  reset.unseen = (answers_ignored && segment.acknowledgement == last_end_) || answers_challenge;
  return reset;
}

void TcpTrack::notice_repetition(const TcpSegment& segment, const Facts& facts, Kind kind) {
  if (kind != Kind::kAck) return;
  const std::uint32_t ack = segment.acknowledgement - static_cast<std::uint32_t>(facts.ack_shift);
  if (last_reply_ == facts.reply && last_sequence_ == segment.sequence && last_ack_ == ack &&
      last_end_ == segment.end && last_window_ == segment.window) {
    if (repetitions_ < 255) ++repetitions_;
    return;
  }
  last_reply_ = facts.reply;
  last_sequence_ = segment.sequence;
  last_ack_ = ack;
  last_end_ = segment.end;
  last_window_ = segment.window;
  repetitions_ = 0;
}

/// When both sides end a connection with numbers that do not fit, it is out of step: it will not live as long as an
/// established one.
void TcpTrack::notice_invalid(Kind kind, const Facts& facts, const TrackingSettings::Tcp& settings) {
  if (!facts.assured || (kind != Kind::kRst && kind != Kind::kFin)) return;
  if (last_reply_ == facts.reply || (last_kind_ != Kind::kFin && last_kind_ != Kind::kRst)) {
    last_kind_ = kind;
    last_reply_ = facts.reply;
    return;
  }
  constexpr std::uint32_t kShort = 120;
  if (facts.seconds_to_live >= kShort && facts.seconds_to_live > settings.timeout_unacknowledged)
    timeout_ = settings.timeout_unacknowledged;
}

TcpTrack::Outcome TcpTrack::follow(const TcpSegment& segment, const Facts& facts,
                                   const TrackingSettings::Tcp& settings) {
  became_assured_ = false;
  timeout_.reset();
  const Kind kind = kind_of(segment);
  State old_state = state_;
  const char letter = transition(facts.reply, kind, old_state);
  if (letter == kInvalid) return Outcome::kInvalid;
  Reset reset;
  State next = letter == kIgnored ? old_state : static_cast<State>(kLetters.find(letter));

  const bool reopens = letter == 'S' && old_state >= State::kTimeWait && old_state != State::kSynSent2;
  if (reopens) {
    const bool over = window_.side(false).close_begun || window_.side(true).close_begun ||
                      (last_reply_ == facts.reply && last_kind_ == Kind::kRst);
    if (over) return Outcome::kRestart;
  }
  if (letter == kIgnored || reopens) {
    const bool answers_ignored_syn = kind == Kind::kSynAck && last_kind_ == Kind::kSyn && last_reply_ != facts.reply &&
                                     segment.acknowledgement == last_end_;
    if (!answers_ignored_syn) return ignore(segment, facts.reply, kind);
    old_state = State::kSynSent;
    next = State::kSynRecv;
    TcpSide client = ignored_syn_;
    client.end = client.highest_end = last_end_;
    client.window = std::max<std::uint32_t>(last_window_, 1);
    window_.restart(last_reply_, client);
    expects_challenge_ = false;
  } else if (next == State::kTimeWait && old_state == State::kLastAck && kind == Kind::kAck &&
             last_reply_ != facts.reply && last_kind_ == Kind::kSyn && expects_challenge_) {
    expects_challenge_ = false;
    return Outcome::kIgnore;
  } else if (next == State::kSynSent2) {
    simultaneous_open_ = true;
  } else if (next == State::kSynRecv && facts.reply && kind == Kind::kAck && simultaneous_open_) {
    next = State::kEstablished;
  } else if (kind == Kind::kRst && next == State::kClose) {
    reset = judge_reset(segment, facts, settings);
    if (reset.invalid) return Outcome::kInvalid;
    if (reset.keeps_state) next = old_state;
  }

  if (!reset.unseen) {
    switch (window_.check(segment, {.reply = facts.reply,
                                    .syn_sent = state_ == State::kSynSent,
                                    .syn_received = state_ == State::kSynRecv,
                                    .be_liberal = settings.be_liberal,
                                    .ack_shift = facts.ack_shift})) {
      case TcpWindow::Verdict::kInside: notice_repetition(segment, facts, kind); break;
      case TcpWindow::Verdict::kTolerated: break;
      case TcpWindow::Verdict::kIgnore: return Outcome::kIgnore;
      case TcpWindow::Verdict::kInvalid: notice_invalid(kind, facts, settings); return Outcome::kInvalid;
    }
  }
  last_kind_ = kind;
  last_reply_ = facts.reply;
  state_ = next;
  if (old_state != next && next == State::kFinWait) window_.side(facts.reply).close_begun = true;
  timeout_ = timeout_in(next, kind, settings);
  if (!facts.seen_reply) {
    if (segment.rst) return Outcome::kEnd;
    if (kind == Kind::kSyn && old_state == State::kSynSent) {
      timeout_.reset();
      return Outcome::kIgnore;
    }
    if (next == State::kEstablished) timeout_ = std::min(*timeout_, settings.timeout_unacknowledged);
    return Outcome::kAccept;
  }
  const bool was_open = old_state == State::kSynRecv || old_state == State::kEstablished;
  became_assured_ = !facts.assured && was_open && next == State::kEstablished;
  return Outcome::kAccept;
}

std::uint32_t TcpTrack::timeout_in(State state, Kind kind, const TrackingSettings::Tcp& settings) const {
  const std::uint32_t usual = settings.timeouts[static_cast<std::size_t>(state)];
  const bool longer = usual > settings.timeout_retrans;
  if (repetitions_ >= settings.max_retrans && longer) return settings.timeout_retrans;
  if (kind == Kind::kRst) return settings.timeouts[static_cast<std::size_t>(State::kClose)];
  const bool waits = window_.side(false).unacknowledged || window_.side(true).unacknowledged;
  if (waits && usual > settings.timeout_unacknowledged) return settings.timeout_unacknowledged;
  if (last_window_ == 0 && longer) return settings.timeout_retrans;
  return usual;
}

}  // namespace nfproof::sim
