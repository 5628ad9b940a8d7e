// SPDX-License-Identifier: Apache-2.0
// The arithmetic of xt_hashlimit.c, overflows included.
#include "sim/hash_limit.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace nfproof::sim {
namespace {

constexpr std::uint64_t kScale = 1'000'000;  // XT_HASHLIMIT_SCALE_v2
constexpr unsigned kByteShift = 4;           // XT_HASHLIMIT_BYTE_SHIFT
constexpr std::uint32_t kMost32 = 0xffffffffU;
/// What a table has when the rule does not say, on a machine with more than 1 GB.
constexpr std::uint32_t kBuckets = 8192;

std::uint64_t credits_per_jiffy(std::uint32_t hz) {
  return power_below(0xffffffffffffffffULL / (std::uint64_t{hz} * 60 * 60 * 24));
}

std::uint64_t to_credits(std::uint64_t user, std::uint32_t hz) {
  const std::uint64_t second = hz * credits_per_jiffy(hz);
  if (kScale >= second) return user / (kScale / second);
  return user * (second / kScale);
}

/// A full bucket in byte mode: what one second fills.
std::uint64_t byte_credits(std::uint32_t hz) { return power_below(kMost32 / hz) * hz; }

std::uint64_t to_byte_cost(std::uint64_t average, std::uint32_t hz) {
  const auto user = static_cast<std::uint32_t>(average);
  return static_cast<std::uint32_t>(user * byte_credits(hz) >> 32);
}

std::uint64_t to_rate(const ir::HashLimit& settings) {
  if ((settings.mode & ir::HashLimit::kBytes) == 0) return settings.average == 0 ? 0 : kScale / settings.average;
  const auto user = static_cast<std::uint32_t>(settings.average);
  return ((user == 0 ? kMost32 : std::uint64_t{kMost32} / user) - 1) << kByteShift;
}

void put_address(std::array<std::uint8_t, 36>& key, std::size_t at, ir::u128 address, unsigned width, unsigned prefix) {
  prefix = std::min(prefix, width);
  const ir::u128 mask = prefix == 0 ? 0 : ~ir::u128{0} << (width - prefix);
  store_number(key, at, width / 8, address & mask);
}

/// Where the match looks for ports: behind the headers it knows, in later fragments of IPv4 too.
struct PortPlace {
  bool readable = true;
  std::optional<std::size_t> offset;  ///< nothing: the protocol has none
};

PortPlace port_place(const DecodedPacket& packet) {
  constexpr std::uint8_t kNoNext = 59, kEsp = 50, kAh = 51;
  if (packet.family() == ir::Family::kIpv6) {
    if (packet.broken_chain || packet.protocol() == kNoNext) return {.readable = false, .offset = {}};
    if (packet.fields.is_later_fragment()) return {};
  }
  switch (packet.protocol()) {
    case ir::kProtoTcp:
    case ir::kProtoUdp:
    case ir::kProtoDccp:
    case ir::kProtoSctp:
    case ir::kProtoUdplite:
    case kEsp: return {.readable = packet.has_transport(4), .offset = packet.transport};
    case kAh: return {.readable = packet.has_transport(8), .offset = packet.transport + 4};
    default: return {};
  }
}

}  // namespace

std::size_t HashLimits::KeyHash::operator()(const Key& key) const {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()});
}

void HashLimits::declare(const ir::HashLimit& rule, ir::Family family) {
  Table& table = tables_[{family, rule.name}];
  if (!table.settings.name.empty()) return;
  table.settings = rule;
  if (table.settings.size == 0) table.settings.size = kBuckets;
  if (table.settings.max == 0)
    table.settings.max = 8 * table.settings.size;
  else
    table.settings.max = std::max(table.settings.max, table.settings.size);
}

bool HashLimits::make_key(const ir::HashLimit& settings, const DecodedPacket& packet, Key& key) {
  using H = ir::HashLimit;
  const unsigned width = packet.family() == ir::Family::kIpv4 ? 32 : 128;
  if ((settings.mode & H::kSourceAddress) != 0)
    put_address(key.bytes, 0, packet.fields.source(), width, settings.source_prefix);
  if ((settings.mode & H::kDestinationAddress) != 0)
    put_address(key.bytes, 16, packet.fields.destination(), width, settings.destination_prefix);
  if ((settings.mode & (H::kSourcePort | H::kDestinationPort)) == 0) return true;
  const PortPlace place = port_place(packet);
  if (!place.readable) return false;
  if (!place.offset) return true;
  const auto copy = [&](std::size_t to, std::size_t from) {
    std::copy_n(packet.bytes.begin() + static_cast<std::ptrdiff_t>(from), 2, key.bytes.begin() + to);
  };
  if ((settings.mode & H::kSourcePort) != 0) copy(32, *place.offset);
  if ((settings.mode & H::kDestinationPort) != 0) copy(34, *place.offset + 2);
  return true;
}

/// The kernel looks for old entries every `gc_interval`; until then they are as good as others.
void HashLimits::collect(Table& table, Jiffies now) const {
  const Jiffies interval = std::max<Jiffies>(jiffies_of_ms(table.settings.gc_interval, hz_), 1);
  const Jiffies latest = now - now % interval;
  if (latest == table.collected) return;
  table.collected = latest;
  while (!table.entries.empty() && table.entries.front().expires <= latest) {
    table.index.erase(table.entries.front().key);
    table.entries.pop_front();
  }
}

void HashLimits::begin(const ir::HashLimit& settings, Entry& entry, Jiffies now) const {
  entry.last = now;
  const bool bytes = (settings.mode & ir::HashLimit::kBytes) != 0;
  if ((settings.mode & ir::HashLimit::kRateMatch) != 0) {
    entry.rate = to_rate(settings);
    if (bytes)
      entry.burst = settings.burst != 0 ? settings.burst * entry.rate : entry.rate;
    else
      entry.burst = settings.burst + entry.rate;
  } else if (bytes) {
    entry.credit = byte_credits(hz_);
    entry.cost = to_byte_cost(settings.average, hz_);
    entry.cap = settings.burst;  // how many times more it may be filled at once
  } else {
    entry.credit = entry.cap = to_credits(settings.average * settings.burst, hz_);
    entry.cost = to_credits(settings.average, hz_);
  }
}

void HashLimits::advance(const ir::HashLimit& settings, Entry& entry, Jiffies now) const {
  const Jiffies passed = now - entry.last;
  if (passed == 0) return;
  if ((settings.mode & ir::HashLimit::kRateMatch) != 0) {
    const std::uint64_t interval = std::uint64_t{settings.interval} * hz_;
    if (passed < interval) return;
    entry.last = now;
    entry.over_in_last_interval = entry.current * interval > passed * entry.rate;
    entry.current = 0;
    return;
  }
  entry.last = now;
  if ((settings.mode & ir::HashLimit::kBytes) == 0) {
    entry.credit = std::min(entry.credit + passed * credits_per_jiffy(hz_), entry.cap);
    return;
  }
  const std::uint64_t before = entry.credit;
  entry.credit = std::min(before + passed * power_below(kMost32 / hz_), byte_credits(hz_));
}

std::uint64_t HashLimits::byte_cost(Entry& entry, std::uint32_t length) const {
  const std::uint64_t full = byte_credits(hz_);
  const std::uint64_t cost = std::min((std::uint64_t{length >> kByteShift} + 1) * entry.cost, full);
  if (entry.credit < cost && entry.cap != 0) {
    --entry.cap;
    entry.credit = full;
  }
  return cost;
}

bool HashLimits::within(const ir::HashLimit& rule, Entry& entry, std::uint32_t length) const {
  const bool bytes = (rule.mode & ir::HashLimit::kBytes) != 0;
  if ((rule.mode & ir::HashLimit::kRateMatch) != 0) {
    entry.current += bytes ? length : 1;
    return !entry.over_in_last_interval && entry.current <= entry.burst;
  }
  const std::uint64_t cost = bytes ? byte_cost(entry, length) : entry.cost;
  if (entry.credit < cost) return false;
  entry.credit -= cost;
  return true;
}

MatchAnswer HashLimits::test(const ir::HashLimit& rule, const DecodedPacket& packet, Jiffies now) {
  declare(rule, packet.family());
  Table& table = tables_[{packet.family(), rule.name}];
  Key key;
  if (!make_key(table.settings, packet, key)) return MatchAnswer::kDrop;
  collect(table, now);
  auto found = table.index.find(key);
  const bool is_new = found == table.index.end();
  if (is_new) {
    if (table.entries.size() >= table.settings.max) return MatchAnswer::kDrop;
    table.entries.push_back({.key = key});
    found = table.index.emplace(key, std::prev(table.entries.end())).first;
  } else {
    table.entries.splice(table.entries.end(), table.entries, found->second);
  }
  Entry& entry = *found->second;
  entry.expires = now + jiffies_of_ms(table.settings.expire, hz_);
  if (is_new)
    begin(table.settings, entry, now);
  else
    advance(table.settings, entry, now);
  const bool inverted = (rule.mode & ir::HashLimit::kInvert) != 0;
  return within(rule, entry, packet.length) != inverted ? MatchAnswer::kYes : MatchAnswer::kNo;
}

}  // namespace nfproof::sim
