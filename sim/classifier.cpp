// SPDX-License-Identifier: Apache-2.0
// Which tests of a rule may rule it out, and the tables for each field.
#include "sim/classifier.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "compiler/ir/loose_flags.h"
#include "sim/evaluate.h"

namespace nfproof::sim {
namespace {

using ir::FieldId;

/// Fields whose tests answer from the packet alone and, when its headers are whole, never drop it.
bool is_plain(FieldId field) {
  switch (field) {
    case FieldId::kIifname:
    case FieldId::kOifname:
    case FieldId::kMark:
    case FieldId::kPktType:
    case FieldId::kLength:
    case FieldId::kL4Proto:
    case FieldId::kEtherSaddr:
    case FieldId::kIpSaddr:
    case FieldId::kIpDaddr:
    case FieldId::kIpTtl:
    case FieldId::kIpTos:
    case FieldId::kIpFragOffset:
    case FieldId::kIp6Saddr:
    case FieldId::kIp6Daddr:
    case FieldId::kIp6HopLimit:
    case FieldId::kIp6Tclass:
    case FieldId::kIp6FragOffset:
    case FieldId::kThSport:
    case FieldId::kThDport:
    case FieldId::kTcpSport:
    case FieldId::kTcpDport:
    case FieldId::kTcpFlags:
    case FieldId::kUdpSport:
    case FieldId::kUdpDport:
    case FieldId::kUdpliteSport:
    case FieldId::kUdpliteDport:
    case FieldId::kSctpSport:
    case FieldId::kSctpDport:
    case FieldId::kDccpSport:
    case FieldId::kDccpDport:
    case FieldId::kIcmpTypeCode:
    case FieldId::kIcmp6TypeCode:
    case FieldId::kCtState:
    case FieldId::kCtStatus:
    case FieldId::kCtDirection:
    case FieldId::kCtMark: return true;
    default: return false;  // a field nobody has thought about here
  }
}

const ir::FieldTest* plain_test(const ir::PredicatePool& predicates, ir::PredicateId id) {
  const auto* test = std::get_if<ir::FieldTest>(&predicates[id]);
  const bool loose = test != nullptr && test->field == FieldId::kTcpFlags && test->argument == ir::kLooseFlags;
  return test != nullptr && is_plain(test->field) && !loose ? test : nullptr;
}

bool is_plain(const ir::PredicatePool& predicates, ir::PredicateId id) {
  if (const auto* any = std::get_if<ir::AnyOf>(&predicates[id]))
    return std::all_of(any->any.begin(), any->any.end(),
                       [&](ir::PredicateId part) { return plain_test(predicates, part) != nullptr; });
  return plain_test(predicates, id) != nullptr;
}

/// The tests of a field that a rule makes before anything that could leave a trace.
std::vector<const ir::FieldTest*> tests_of(FieldId storage, const ir::PredicatePool& predicates, const ir::Rule& rule) {
  std::vector<const ir::FieldTest*> tests;
  for (const ir::Condition& condition : rule.when) {
    if (!is_plain(predicates, condition.predicate)) break;
    const ir::FieldTest* test = plain_test(predicates, condition.predicate);
    if (test != nullptr && ir::field_info(test->field).storage == storage) tests.push_back(test);
  }
  return tests;
}

using Intervals = ir::ValueSet::Intervals;

Intervals complement(const Intervals& intervals, unsigned bits) {
  Intervals result;
  ir::u128 begin = 0;
  for (const ir::Interval& interval : intervals) {
    if (interval.lo > begin) result.push_back({begin, interval.lo - 1});
    if (interval.hi >= ir::max_of_bits(bits)) return result;
    begin = interval.hi + 1;
  }
  result.push_back({begin, ir::max_of_bits(bits)});
  return result;
}

Intervals intersection(const Intervals& a, const Intervals& b) {
  Intervals result;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const ir::u128 lo = std::max(a[i].lo, b[j].lo);
    const ir::u128 hi = std::min(a[i].hi, b[j].hi);
    if (lo <= hi) result.push_back({lo, hi});
    if (a[i].hi < b[j].hi)
      ++i;
    else
      ++j;
  }
  return result;
}

/// The values that all tests allow; nothing when they allow all, as far as is known.
std::optional<Intervals> allowed(const std::vector<const ir::FieldTest*>& tests, unsigned bits) {
  std::optional<Intervals> values;
  for (const ir::FieldTest* test : tests) {
    const Intervals* listed = test->values.intervals();
    if (listed == nullptr) continue;  // masks with holes
    Intervals now = test->negated ? complement(*listed, bits) : *listed;
    values = values ? intersection(*values, now) : std::move(now);
  }
  return values;
}

/// Where a rule begins or ceases to be possible.
struct Event {
  ir::u128 at = 0;
  std::uint32_t rule = 0;
  bool begins = false;
};

struct Storage {
  FieldId field;
  ir::Presence presence;
};
constexpr std::array<Storage, 8> kNumbers = {{{FieldId::kL4Proto, ir::Presence::kAlways},
                                              {FieldId::kIpSaddr, ir::Presence::kIpv4},
                                              {FieldId::kIpDaddr, ir::Presence::kIpv4},
                                              {FieldId::kIp6Saddr, ir::Presence::kIpv6},
                                              {FieldId::kIp6Daddr, ir::Presence::kIpv6},
                                              {FieldId::kThSport, ir::Presence::kPorts},
                                              {FieldId::kThDport, ir::Presence::kPorts},
                                              {FieldId::kCtState, ir::Presence::kAlways}}};
static_assert(kNumbers.size() + 2 <= ChainClassifier::kMostDimensions);

template <typename Value>
std::size_t interval_of(const std::vector<Value>& begins, Value value) {
  const Value* at = begins.data();
  for (std::size_t left = begins.size(); left > 1;) {
    const std::size_t half = left / 2;
    at += at[half] <= value ? half : 0;
    left -= half;
  }
  return static_cast<std::size_t>(at - begins.data());
}

}  // namespace

ChainClassifier::ChainClassifier(const ir::PredicatePool& predicates, const ir::Chain& chain)
    : size_(static_cast<std::uint32_t>(chain.rules.size())), rows_(chain.rules.size()) {
  for (const Storage& storage : kNumbers) add_numbers(storage.field, predicates, chain);
  add_interfaces(FieldId::kIifname, predicates, chain);
  add_interfaces(FieldId::kOifname, predicates, chain);
}

void ChainClassifier::add_numbers(FieldId storage, const ir::PredicatePool& predicates, const ir::Chain& chain) {
  const unsigned bits = ir::field_info(storage).bits;
  std::vector<Event> events;
  RuleRows::Draft draft(rows_);  // at first: rules that do not test the field
  bool used = false;
  for (std::uint32_t i = 0; i < size_; ++i) {
    const auto tests = tests_of(storage, predicates, chain.rules[i]);
    if (tests.empty()) continue;
    used = true;
    draft.put(i, false);
    for (const ir::Interval& interval : allowed(tests, bits).value_or(Intervals{{0, ir::max_of_bits(bits)}})) {
      events.push_back({interval.lo, i, true});
      if (interval.hi < ir::max_of_bits(bits)) events.push_back({interval.hi + 1, i, false});
    }
  }
  if (!used) return;
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
  Dimension dimension;
  dimension.storage = storage;
  dimension.presence =
      std::find_if(kNumbers.begin(), kNumbers.end(), [&](const Storage& s) { return s.field == storage; })->presence;
  dimension.absent = rows_.add(draft);
  for (std::size_t i = 0; i < events.size() || dimension.rows.empty();) {
    const ir::u128 at = dimension.rows.empty() ? 0 : events[i].at;
    // A rule that ceases and begins at the same value stays: beginnings come last.
    std::size_t after = i;
    while (after < events.size() && events[after].at == at) ++after;
    for (std::size_t j = i; j < after; ++j)
      if (!events[j].begins) draft.put(events[j].rule, false);
    for (std::size_t j = i; j < after; ++j)
      if (events[j].begins) draft.put(events[j].rule, true);
    i = after;
    if (bits <= 32)
      dimension.narrow.push_back(static_cast<std::uint32_t>(at));
    else
      dimension.wide.push_back(at);
    dimension.rows.push_back(rows_.add(draft));
  }
  dimensions_.push_back(std::move(dimension));
}

void ChainClassifier::add_interfaces(FieldId storage, const ir::PredicatePool& predicates, const ir::Chain& chain) {
  Dimension dimension;
  dimension.storage = storage;
  dimension.tests.resize(size_);
  bool used = false;
  for (std::uint32_t i = 0; i < size_; ++i)
    for (const ir::FieldTest* test : tests_of(storage, predicates, chain.rules[i])) {
      used = true;
      dimension.tests[i].push_back(interface_tests_.size());
      interface_tests_.push_back(test);
    }
  if (!used) return;
  RuleRows::Draft draft(rows_);
  dimension.absent = rows_.add(draft);  // here: all rules, for names too many to keep
  dimensions_.push_back(std::move(dimension));
}

RuleRows::Row ChainClassifier::row_of_name(Dimension& dimension, const std::string& name) {
  for (const auto& [known, row] : dimension.names)
    if (known == name) return row;
  constexpr std::size_t kMostNames = 256;
  if (dimension.names.size() >= kMostNames) return dimension.absent;
  RuleRows::Draft draft(rows_);
  for (std::uint32_t i = 0; i < size_; ++i)
    draft.put(i, std::all_of(dimension.tests[i].begin(), dimension.tests[i].end(), [&](std::size_t index) {
                const ir::FieldTest& test = *interface_tests_[index];
                return test.values.contains(name) != test.negated;
              }));
  return dimension.names.emplace_back(name, rows_.add(draft)).second;
}

RuleRows::Row ChainClassifier::row_of(Dimension& dimension, const ir::Packet& fields) {
  if (dimension.storage == FieldId::kIifname) return row_of_name(dimension, fields.in);
  if (dimension.storage == FieldId::kOifname) return row_of_name(dimension, fields.out);
  if (!ir::is_present(fields, dimension.presence)) return dimension.absent;
  const ir::u128 value = fields.get_or(dimension.storage, 0);
  if (!dimension.wide.empty()) return dimension.rows[interval_of(dimension.wide, value)];
  return dimension.rows[interval_of(dimension.narrow, static_cast<std::uint32_t>(value))];
}

ChainClassifier::Key ChainClassifier::look_up(const DecodedPacket& packet) {
  Key key;
  key.usable = headers_are_whole(packet);
  if (!key.usable) return key;
  for (std::size_t i = 0; i < dimensions_.size(); ++i) key.rows[i] = row_of(dimensions_[i], packet.fields);
  return key;
}

std::uint32_t ChainClassifier::next(const Key& key, std::uint32_t from) const {
  if (!key.usable || dimensions_.empty()) return from;
  return rows_.next({key.rows.data(), dimensions_.size()}, from);
}

}  // namespace nfproof::sim
