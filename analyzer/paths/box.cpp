// SPDX-License-Identifier: Apache-2.0
// Boxes from the field tests of rules. Only tests that must be true count; a field that may have been rewritten does
// not.
#include "analyzer/paths/box.h"

#include <algorithm>
#include <optional>

#include "compiler/ir/facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::u128;

std::optional<Box::Dimension> dimension_of(FieldId field) {
  switch (ir::field_info(field).storage) {
    case FieldId::kIpSaddr:
    case FieldId::kIp6Saddr: return Box::kSource;
    case FieldId::kIpDaddr:
    case FieldId::kIp6Daddr: return Box::kDestination;
    case FieldId::kThSport: return Box::kSport;
    case FieldId::kThDport: return Box::kDport;
    case FieldId::kL4Proto: return Box::kProtocol;
    case FieldId::kIifname: return Box::kIn;
    case FieldId::kOifname: return Box::kOut;
    case FieldId::kEtherSaddr: return Box::kMac;
    case FieldId::kCtState: return Box::kState;
    default: return std::nullopt;
  }
}

/// The smallest range around the values that pass the test.
std::optional<ir::Interval> hull(const ir::FieldTest& test, const InterfaceClasses& interfaces) {
  const ir::ValueSet set = test.values.interfaces() != nullptr ? interfaces.indexes(test.values) : test.values;
  const auto* list = set.intervals();
  if (list == nullptr) return std::nullopt;
  const unsigned bits = test.values.interfaces() != nullptr ? interfaces.bits() : ir::field_info(test.field).bits;
  const u128 last = ir::max_of_bits(bits);
  if (!test.negated) {
    if (list->empty()) return ir::Interval{1, 0};
    return ir::Interval{list->front().lo, list->back().hi};
  }
  if (list->empty()) return std::nullopt;
  u128 lo = 0;
  u128 hi = last;
  if (list->front().lo == 0) {
    if (list->front().hi >= last) return ir::Interval{1, 0};
    lo = list->front().hi + 1;
  }
  if (list->back().hi >= last && list->back().lo > 0) hi = list->back().lo - 1;
  return ir::Interval{lo, hi};
}

}  // namespace

Box::Box() { ranges.fill({0, ~u128{0}}); }

void Box::narrow(Dimension dimension, ir::Interval range) {
  ir::Interval& mine = ranges[dimension];
  mine = {std::max(mine.lo, range.lo), std::min(mine.hi, range.hi)};
  used |= std::uint64_t{1} << dimension;
}

void Box::widen(const Box& other) {
  used &= other.used;
  for (std::size_t d = 0; d < kDimensions; ++d)
    ranges[d] = {std::min(ranges[d].lo, other.ranges[d].lo), std::max(ranges[d].hi, other.ranges[d].hi)};
}

Box box_of(const ir::Packet& packet, const InterfaceClasses& interfaces) {
  Box box;
  const bool v4 = packet.family == ir::Family::kIpv4;
  for (const FieldId field :
       {v4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr, v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr, FieldId::kThSport,
        FieldId::kThDport, FieldId::kL4Proto, FieldId::kEtherSaddr, FieldId::kCtState})
    if (const auto value = packet.get(field)) box.narrow(*dimension_of(field), {*value, *value});
  const auto narrow_to = [&](Box::Dimension dimension, const std::string& name) {
    const std::size_t known = interfaces.index_of(name);
    if (!name.empty() && known < interfaces.size()) box.narrow(dimension, {known, known});
  };
  narrow_to(Box::kIn, packet.in);
  narrow_to(Box::kOut, packet.out);
  return box;
}

void narrow_by(Box& box, const ir::Predicate& predicate, const InterfaceClasses& interfaces) {
  const auto* test = std::get_if<ir::FieldTest>(&predicate);
  if (test == nullptr) return;
  if (const auto protocol = ir::protocol_of(ir::field_info(test->field).presence))
    box.narrow(Box::kProtocol, {*protocol, *protocol});
  const auto dimension = dimension_of(test->field);
  if (!dimension) return;
  if (const auto range = hull(*test, interfaces)) box.narrow(*dimension, *range);
}

BoxIndex::BoxIndex(const ir::Ruleset& ruleset, const InterfaceClasses& interfaces, const WrittenFields& written) {
  boxes_.resize(ruleset.chains.size());
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) {
    const auto& rules = ruleset.chains[c].rules;
    boxes_[c].resize(rules.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const FieldSet& rewritten =
          written.before({ir::ChainId{static_cast<std::uint32_t>(c)}, static_cast<std::uint32_t>(i)});
      for (const ir::Condition& condition : rules[i].when) {
        const ir::Predicate& predicate = ruleset.predicates[condition.predicate];
        const auto* test = std::get_if<ir::FieldTest>(&predicate);
        if (test == nullptr) continue;
        if (rewritten.test(static_cast<std::size_t>(ir::field_info(test->field).storage))) continue;
        narrow_by(boxes_[c][i], predicate, interfaces);
      }
    }
  }
  blocks_.resize(boxes_.size());
  for (std::size_t c = 0; c < boxes_.size(); ++c)
    for (std::size_t i = 0; i < boxes_[c].size(); ++i) {
      if (i % kBlock == 0) blocks_[c].push_back(boxes_[c][i]);
      blocks_[c].back().widen(boxes_[c][i]);
    }
}

std::uint32_t BoxIndex::next_meeting(ir::ChainId chain, std::uint32_t next, const Box& box) const {
  const auto& rules = boxes_[static_cast<std::size_t>(chain)];
  const auto& blocks = blocks_[static_cast<std::size_t>(chain)];
  const auto count = static_cast<std::uint32_t>(rules.size());
  while (next < count) {
    if (next % kBlock == 0 && !blocks[next / kBlock].meets(box))
      next = std::min(count, next + kBlock);
    else if (!rules[next].meets(box))
      ++next;
    else
      break;
  }
  return next;
}

}  // namespace nfproof::analyzer
