// SPDX-License-Identifier: Apache-2.0
// Tells which rules of a long chain a packet cannot match, so that the engine need not evaluate them. It never says
// that a rule matches: that stays with `evaluate.h`, and only rules that would be stepped over without any trace (no
// counter, no state, no drop) are left out.
//
// For each dimension (protocol, addresses, ports, interfaces, connection state) the values are cut into intervals, and
// each interval has the set of rules that its values do not rule out. A packet's candidates are the intersection over
// all dimensions (the bit vector scheme of Lakshman and Stiliadis, with shared blocks and summaries in the place of
// plain vectors, so that memory grows with the rules, not with their square).
//
// Entry: `ChainClassifier`.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/ruleset.h"
#include "sim/decode.h"
#include "sim/rule_rows.h"

namespace nfproof::sim {

class ChainClassifier {
 public:
  static constexpr std::size_t kMostDimensions = 10;

  /// What the classifier has to know of a packet; true as long as the packet is not changed.
  struct Key {
    std::array<RuleRows::Row, kMostDimensions> rows{};
    bool usable = false;  ///< false: the packet is so odd that every rule has to be looked at
  };

  ChainClassifier(const ir::PredicatePool& predicates, const ir::Chain& chain);

  /// Interface names that were not met before are added to the tables.
  [[nodiscard]] Key look_up(const DecodedPacket& packet);
  /// The first rule from `from` on that the packet may match; the number of rules when there is none.
  [[nodiscard]] std::uint32_t next(const Key& key, std::uint32_t from) const;

 private:
  /// One field of the packet that rules test.
  struct Dimension {
    ir::FieldId storage{};
    ir::Presence presence{};                      ///< when this is not there, no test of the field is true
    std::vector<std::vector<std::size_t>> tests;  ///< for interfaces: by rule, indices into `interface_tests_`
    std::vector<std::uint32_t> narrow;            ///< first value of each interval, when the field has at most 32 bits
    std::vector<ir::u128> wide;                   ///< the same for others
    std::vector<RuleRows::Row> rows;              ///< by interval
    RuleRows::Row absent = 0;
    std::vector<std::pair<std::string, RuleRows::Row>> names;  ///< interfaces met so far
  };

  void add_numbers(ir::FieldId storage, const ir::PredicatePool& predicates, const ir::Chain& chain);
  void add_interfaces(ir::FieldId storage, const ir::PredicatePool& predicates, const ir::Chain& chain);
  [[nodiscard]] RuleRows::Row row_of(Dimension& dimension, const ir::Packet& fields);
  [[nodiscard]] RuleRows::Row row_of_name(Dimension& dimension, const std::string& name);

  std::uint32_t size_;
  RuleRows rows_;
  std::vector<const ir::FieldTest*> interface_tests_;
  std::vector<Dimension> dimensions_;
};

}  // namespace nfproof::sim
