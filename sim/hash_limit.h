// SPDX-License-Identifier: Apache-2.0
// The tables of the hashlimit match (net/netfilter/xt_hashlimit.c, revision 3): one token bucket, or one rate, for each
// combination of the addresses and ports that the mode names. Rules that name the same table share it; the rule that
// was loaded first decides how it works.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "compiler/ir/predicate_kinds.h"
#include "sim/decode.h"
#include "sim/jiffies.h"

namespace nfproof::sim {

/// `kDrop`: the match drops the packet, for want of ports or because its table is full.
enum class MatchAnswer : std::uint8_t { kNo, kYes, kDrop };

class HashLimits {
 public:
  explicit HashLimits(std::uint32_t hz) : hz_(hz) {}

  /// A rule is loaded. To be called in the order in which the kernel does that.
  void declare(const ir::HashLimit& rule, ir::Family family);
  [[nodiscard]] MatchAnswer test(const ir::HashLimit& rule, const DecodedPacket& packet, Jiffies now);

 private:
  struct Key {
    std::array<std::uint8_t, 36> bytes{};  ///< masked addresses and ports as asked for, else zero
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    Key key;
    Jiffies expires = 0;
    Jiffies last = 0;
    // Token bucket.
    std::uint64_t credit = 0, cap = 0, cost = 0;
    // With kRateMatch.
    std::uint64_t rate = 0, burst = 0, current = 0;
    bool over_in_last_interval = false;
  };
  struct Table {
    ir::HashLimit settings;
    Jiffies collected = 0;     ///< when entries were last collected
    std::list<Entry> entries;  ///< that with the oldest packet first
    std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> index;
  };

  [[nodiscard]] static bool make_key(const ir::HashLimit& settings, const DecodedPacket& packet, Key& key);
  void collect(Table& table, Jiffies now) const;
  void begin(const ir::HashLimit& settings, Entry& entry, Jiffies now) const;
  void advance(const ir::HashLimit& settings, Entry& entry, Jiffies now) const;
  [[nodiscard]] std::uint64_t byte_cost(Entry& entry, std::uint32_t length) const;
  [[nodiscard]] bool within(const ir::HashLimit& rule, Entry& entry, std::uint32_t length) const;

  std::uint32_t hz_;
  std::map<std::pair<ir::Family, std::string>, Table> tables_;
};

}  // namespace nfproof::sim
