// SPDX-License-Identifier: Apache-2.0
// Counts connections for the connlimit match (net/netfilter/nf_conncount.c). The kernel keeps no numbers but the tuples
// of the packets that asked, and looks them up again when the next one asks: connections that are gone, or closed, no
// longer count then. Within one tick of the clock it does not look again.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "sim/evaluate.h"
#include "sim/jiffies.h"
#include "sim/tuple.h"

namespace nfproof::sim {

/// What counting needs to know of a connection.
enum class ConnectionFate : std::uint8_t { kGone, kAlive, kClosed };

class ConnectionCounts {
 public:
  using Look = std::function<ConnectionFate(const Tuple& original, std::uint16_t zone)>;
  /// The packet that asks.
  struct Asker {
    ir::u128 address = 0;  ///< masked
    std::uint16_t zone = 0;
    Tuple original;        ///< of its connection; without one, its own
    bool counted = false;  ///< its connection is older than the packet and answered: it is not to be added
  };
  /// For the rule at `place`, the connections of the asker's block, that of the asker included.
  [[nodiscard]] std::size_t count(const Place& place, const Asker& asker, Jiffies now, const Look& look);

 private:
  struct Member {
    Tuple original;
    std::uint16_t zone = 0;
  };
  struct List {
    std::vector<Member> members;
    Jiffies looked = 0;
    std::size_t looked_count = 0;
  };
  using Block = std::pair<ir::u128, std::uint16_t>;

  struct Rule {
    std::map<Block, List> blocks;
    std::size_t next_sweep = 1024;  ///< with so many blocks, those whose connections are all gone are forgotten
  };

  static void sweep(Rule& rule, const Look& look);
  static void collect(List& list, Jiffies now, const Look& look);
  static void add(List& list, const Asker& asker, Jiffies now, const Look& look);

  std::map<Place, Rule> rules_;
};

}  // namespace nfproof::sim
