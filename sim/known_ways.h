// SPDX-License-Identifier: Apache-2.0
// Remembers the ways that packets went: which rules counted them and what became of them. A packet that is like an
// earlier one of its connection in all that the rules on the way looked at goes the same way, without any rule being
// looked at again. A way on which anything was not steady (a limit, a log line, an answer of REJECT, a test of the
// length...) is not remembered. What is counted on the way is kept with it until somebody asks.
//
// `Path` writes ways down while it walks and asks for them in `path_known.cpp`; connections hold the numbers of ways.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/conntrack.h"
#include "sim/preview.h"
#include "sim/result.h"
#include "sim/steady.h"
#include "sim/way_key.h"

namespace nfproof::sim {

/// A way and its end. `counted`: rules and policies in the order in which they counted the packet.
struct Way {
  Disposition disposition = Disposition::kAccepted;
  ir::Hook hook = ir::Hook::kPrerouting;
  ir::VerdictKind verdict = ir::VerdictKind::kAccept;
  bool arriving = false;   ///< it began in PREROUTING, else in OUTPUT
  bool forwarded = false;  ///< the packet had to be fit for that
  std::uint32_t mtu = 0;   ///< then: what is larger may have to be refused
  bool filtered = false;   ///< `Result::filtered`
  bool marks = false;      ///< the connection got a mark
  std::uint32_t ct_mark = 0;
  std::optional<ir::RuleRef> decided_by;
  std::vector<ir::RuleRef> counted;
  friend bool operator==(const Way&, const Way&) = default;
};

class KnownWays {
 public:
  KnownWays(const ir::Ruleset& ruleset, const ir::SetTable* sets) : steady_(ruleset, sets) {}

  /// Without what tracking finds out; false: the packet comes by one interface too many.
  [[nodiscard]] bool make_key(const Preview& preview, const Arrival& arrival, WayKey& key);
  /// Adds what tracking found out. `ct_mark` was the connection's before.
  void add_track(WayKey& key, ir::CtState state, const Connection& connection) const;

  /// How many packets went one.
  [[nodiscard]] std::uint64_t gone() const { return gone_; }
  struct Entry {
    WayKey key;
    Way way;
    ir::Counters gone;  // that no counter knows yet
  };
  /// Null: it is none of this ruleset.
  [[nodiscard]] Entry* find(WayNumber number) {
    const WayNumber index = number - first_;
    return number >= first_ && index < ways_.size() ? &ways_[index] : nullptr;
  }
  /// A packet goes that way.
  void go(Entry& way, std::uint32_t bytes) {
    ir::Counters& gone = way.gone;
    ++gone.packets;
    gone.bytes += bytes;
    settled_ = false;
    ++gone_;
  }
  /// Calls `count(rule, counters)` for what was counted since the last call.
  template <typename Count>
  void settle(Count&& count);

  /// Connections forget the ways through an earlier ruleset.
  void succeed(const KnownWays& earlier) { first_ = earlier.first_ + static_cast<WayNumber>(earlier.ways_.size()); }

  // While a packet goes a way that is not known yet:
  void begin(const WayKey& key);
  void note_arrival() { draft_.arriving = true; }
  [[nodiscard]] bool writing() const { return writing_; }
  void spoil() { writing_ = false; }
  void note_track(const Track& track);
  void note_forward(std::uint32_t mtu) {
    draft_.forwarded = true;
    draft_.mtu = mtu;
  }
  void note_test(ir::PredicateId test) { writing_ = writing_ && steady_.is_steady(test); }
  void note_effect(const ir::Effect& effect) { writing_ = writing_ && Steadiness::is_steady(effect); }
  void note_count(ir::RuleRef rule) { draft_.counted.push_back(rule); }
  /// The way is over: the connection remembers it, if it may be.
  void end(const Track& track, const Result& result);

 private:
  [[nodiscard]] WayNumber number_of(const WayKey& key, const Way& way);

  Steadiness steady_;
  std::vector<std::string> interfaces_;
  std::deque<Entry> ways_;
  std::unordered_multimap<std::uint64_t, WayNumber> by_hash_;
  WayNumber first_ = 0;  // the number of the first way
  std::uint64_t gone_ = 0;
  bool settled_ = true;
  bool writing_ = false;
  bool tracked_ = false;
  WayKey key_;
  Way draft_;
};

template <typename Count>
void KnownWays::settle(Count&& count) {
  if (settled_) return;
  for (Entry& entry : ways_) {
    for (const ir::RuleRef rule : entry.way.counted) count(rule, entry.gone);
    entry.gone = {};
  }
  settled_ = true;
}

}  // namespace nfproof::sim
