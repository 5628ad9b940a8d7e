// SPDX-License-Identifier: Apache-2.0
// The lists of the recent match (net/netfilter/xt_recent.c): addresses with the times when they were seen. Rules that
// name the same list share it, those of the other family too; the rule that was loaded first gives the mask.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/predicate_kinds.h"
#include "sim/decode.h"
#include "sim/jiffies.h"

namespace nfproof::sim {

class RecentLists {
 public:
  struct Options {
    std::uint32_t hz = 250;
    std::uint32_t addresses = 100;  ///< of the module parameter ip_list_tot: of each list
    std::uint32_t stamps = 0;       ///< ip_pkt_list_tot: times kept for each address, 0: as many as rules ask for
  };
  explicit RecentLists(Options options) : options_(options) {}

  /// A rule is loaded. To be called in the order in which the kernel does that.
  void declare(const ir::Recent& rule);
  /// `ttl` is the packet's, before it was forwarded.
  [[nodiscard]] bool test(const ir::Recent& rule, const DecodedPacket& packet, std::uint8_t ttl, Jiffies now);

 private:
  struct Key {
    ir::Family family{};
    ir::u128 address = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    Key key;
    std::uint8_t ttl = 0;
    std::uint32_t next = 0;       ///< where the next time goes
    std::vector<Jiffies> stamps;  ///< in the order of places, not of time
  };
  using Entries = std::list<Entry>;  // that which was seen last comes last
  struct List {
    std::array<std::uint8_t, 16> mask{};
    std::uint32_t stamps = 0;  ///< a power of two
    Entries entries;
    std::unordered_map<Key, std::vector<Entries::iterator>, KeyHash> index;  ///< some with one address, other ttl
  };

  [[nodiscard]] static Entries::iterator find(List& list, const Key& key, std::uint8_t ttl);
  static void remove(List& list, Entries::iterator entry);
  void add(List& list, const Key& key, std::uint8_t ttl, Jiffies now) const;
  static void refresh(List& list, Entries::iterator entry, Jiffies now);
  [[nodiscard]] bool seen(const ir::Recent& rule, const Entry& entry, Jiffies now) const;
  void reap(const ir::Recent& rule, List& list, Entries::iterator spared, Jiffies now) const;
  /// Is a moment older than the rule asks for?
  [[nodiscard]] bool too_old(const ir::Recent& rule, Jiffies stamp, Jiffies now) const;

  Options options_;
  std::map<std::string, List> lists_;
};

}  // namespace nfproof::sim
