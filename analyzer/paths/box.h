// SPDX-License-Identifier: Apache-2.0
// The box of a rule: for each of the fields that separate rules best (addresses, ports, protocol, interfaces, link
// address, connection state) a range that holds all values with which the rule can match. Rules whose boxes do not
// meet cannot meet the same packet, so they need not stand in each other's formulas.
#pragma once

#include <array>
#include <vector>

#include "analyzer/paths/interface_classes.h"
#include "analyzer/paths/written_fields.h"
#include "compiler/ir/packet.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer {

struct Box {
  enum Dimension : std::uint8_t { kSource, kDestination, kSport, kDport, kProtocol, kIn, kOut, kMac, kState };
  static constexpr std::size_t kDimensions = 9;
  std::array<ir::Interval, kDimensions> ranges;
  std::uint64_t used = 0;  ///< bit for each dimension that is narrower than everything

  Box();
  [[nodiscard]] bool meets(const Box& other) const {
    for (std::uint64_t both = used & other.used; both != 0; both &= both - 1) {
      const auto d = static_cast<std::size_t>(__builtin_ctzll(both));
      if (ranges[d].lo > other.ranges[d].hi || other.ranges[d].lo > ranges[d].hi) return false;
    }
    return true;
  }
  void narrow(Dimension dimension, ir::Interval range);
  void widen(const Box& other);  ///< to hold both
};

/// The box that holds this packet alone, as far as its fields are known.
[[nodiscard]] Box box_of(const ir::Packet& packet, const InterfaceClasses& interfaces);

/// Narrows the box by one predicate of a conjunction.
void narrow_by(Box& box, const ir::Predicate& predicate, const InterfaceClasses& interfaces);

class BoxIndex {
 public:
  BoxIndex(const ir::Ruleset& ruleset, const InterfaceClasses& interfaces, const WrittenFields& written);
  [[nodiscard]] const Box& of(ir::RuleRef rule) const {
    return boxes_[static_cast<std::size_t>(rule.chain)][rule.index];
  }
  /// The first rule of the chain, from `next` on, whose box meets this one; the number of rules when there is none.
  [[nodiscard]] std::uint32_t next_meeting(ir::ChainId chain, std::uint32_t next, const Box& box) const;

 private:
  static constexpr std::uint32_t kBlock = 64;
  std::vector<std::vector<Box>> boxes_;
  std::vector<std::vector<Box>> blocks_;  ///< around `kBlock` rules each
};

}  // namespace nfproof::analyzer
