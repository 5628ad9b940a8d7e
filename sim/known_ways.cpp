// SPDX-License-Identifier: Apache-2.0
// Keys of ways, and ways as they are written down. Equal ones are kept once.
#include "sim/known_ways.h"

#include <algorithm>

namespace nfproof::sim {
namespace {

constexpr std::size_t kMostInterfaces = 256;
constexpr std::size_t kMostWays = std::size_t{1} << 16U;
constexpr std::size_t kLongestWay = 256;

std::uint64_t hash_of(const WayKey& key, const Way& way) {
  std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0xD6E8FEB86659FD93ULL, hash ^= hash >> 32; };
  const auto mix_rule = [&](ir::RuleRef rule) {
    mix(std::uint64_t{static_cast<std::uint32_t>(rule.chain)} << 32 | rule.index);
  };
  mix(std::uint64_t{key.mark} << 32 | key.ct_mark);
  mix(std::uint64_t{key.status} << 32 | std::uint64_t{key.in} << 16 | std::uint64_t{key.state} << 8 | key.direction);
  mix(std::uint64_t{key.packet_type} << 16 | std::uint64_t{key.tcp_flags} << 8 | key.tos);
  mix(static_cast<std::uint64_t>(way.disposition) << 8 | static_cast<std::uint64_t>(way.hook));
  mix(way.marks ? std::uint64_t{1} << 32 | way.ct_mark : 0);
  if (way.decided_by) mix_rule(*way.decided_by);
  for (const ir::RuleRef rule : way.counted) mix_rule(rule);
  return hash;
}

}  // namespace

bool KnownWays::make_key(const Preview& preview, const Arrival& arrival, WayKey& key) {
  key.mark = arrival.mark;
  if (!arrival.in.empty()) {
    const auto found = std::find(interfaces_.begin(), interfaces_.end(), arrival.in);
    if (found == interfaces_.end() && interfaces_.size() >= kMostInterfaces) return false;
    key.in = static_cast<std::uint16_t>(found - interfaces_.begin() + 1);
    if (found == interfaces_.end()) interfaces_.push_back(arrival.in);
  }
  key.direction = static_cast<std::uint8_t>(arrival.direction);
  key.packet_type = preview.packet_type;
  key.tcp_flags = steady_.tcp_flags()[preview.tcp_flags];
  key.tos = steady_.tos()[preview.tos];
  return true;
}

void KnownWays::add_track(WayKey& key, ir::CtState state, const Connection& connection) const {
  key.state = static_cast<std::uint8_t>(state);
  key.status = connection.status & steady_.status_mask();
  if (steady_.status_mask() != 0) {
    key.status |= connection.source_nat_done ? 1U << 16 : 0;  // exact tests see that
    key.status |= connection.destination_nat_done ? 1U << 17 : 0;
  }
  key.ct_mark = connection.mark;
}

void KnownWays::begin(const WayKey& key) {
  key_ = key;
  draft_.arriving = draft_.forwarded = false;
  draft_.mtu = 0;
  draft_.counted.clear();
  writing_ = true;
  tracked_ = false;
}

/// The first packet of a connection meets the nat table, and what is its last may be told apart by nobody.
void KnownWays::note_track(const Track& track) {
  if (tracked_ || !track.connection || !track.connection->confirmed() || track.connection->helping || track.error ||
      track.connection->dead)
    return spoil();
  tracked_ = true;
  add_track(key_, track.state, *track.connection);
}

void KnownWays::end(const Track& track, const Result& result) {
  const bool whole = writing_ && tracked_;
  writing_ = false;
  const bool ended = result.disposition == Disposition::kAccepted || result.disposition == Disposition::kDropped ||
                     result.disposition == Disposition::kQueued;
  if (!whole || !ended || !result.reason.empty() || !track.connection || draft_.counted.size() > kLongestWay) return;
  draft_.disposition = result.disposition;
  draft_.hook = result.hook;
  draft_.verdict = result.verdict;
  draft_.decided_by = result.decided_by;
  draft_.filtered = result.filtered;
  draft_.marks = track.connection->mark != key_.ct_mark;
  draft_.ct_mark = draft_.marks ? track.connection->mark : 0;
  track.connection->known[track.direction()] = number_of(key_, draft_);
}

WayNumber KnownWays::number_of(const WayKey& key, const Way& way) {
  const std::uint64_t hash = hash_of(key, way);
  const auto [begin, end] = by_hash_.equal_range(hash);
  for (auto found = begin; found != end; ++found) {
    const Entry* entry = find(found->second);
    if (entry->key == key && entry->way == way) return found->second;
  }
  if (ways_.size() >= kMostWays) return kNoWay;
  const WayNumber number = first_ + static_cast<WayNumber>(ways_.size());
  ways_.push_back({key, way, {}});
  by_hash_.emplace(hash, number);
  return number;
}

}  // namespace nfproof::sim
