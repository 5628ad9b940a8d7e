// SPDX-License-Identifier: Apache-2.0
// Collects what a question tests and makes the variables.
#include "analyzer/regions/space.h"

#include <algorithm>
#include <array>
#include <set>

#include "analyzer/graph/call_graph.h"
#include "analyzer/paths/address_types.h"
#include "analyzer/paths/header_sizes.h"
#include "analyzer/paths/state_facts.h"
#include "analyzer/regions/space_fields.h"
#include "compiler/ir/dump.h"
#include "compiler/ir/reverse_path.h"

namespace nfproof::analyzer::regions {
namespace {

using ir::FieldId;
using ir::FieldTest;
using ir::Interval;
using ir::Masked;
using ir::Presence;
using ir::u128;
using ir::ValueSet;
using Intervals = ValueSet::Intervals;

/// From the top of the diagrams: what separates rules into few big parts first, then what has many values.
constexpr std::array<FieldId, 22> kOrder = {
    FieldId::kIifname,       FieldId::kOifname, FieldId::kCtState,   FieldId::kL4Proto,   FieldId::kIpFragOffset,
    FieldId::kIp6FragOffset, FieldId::kThDport, FieldId::kThSport,   FieldId::kTcpFlags,  FieldId::kIcmpTypeCode,
    FieldId::kIcmp6TypeCode, FieldId::kIpDaddr, FieldId::kIp6Daddr,  FieldId::kIpSaddr,   FieldId::kIp6Saddr,
    FieldId::kEtherSaddr,    FieldId::kPktType, FieldId::kDaddrType, FieldId::kSaddrType, FieldId::kMark,
    FieldId::kCtMark,        FieldId::kCtStatus};

constexpr std::array<FieldId, 9> kAlwaysThere = {FieldId::kIifname,  FieldId::kOifname, FieldId::kCtState,
                                                 FieldId::kIpSaddr,  FieldId::kIpDaddr, FieldId::kIp6Saddr,
                                                 FieldId::kIp6Daddr, FieldId::kL4Proto, FieldId::kMark};

FieldId storage(FieldId field) { return ir::field_info(field).storage; }

std::uint16_t argument_of(const FieldTest& test) {
  return storage(test.field) == FieldId::kTcpFlags ? std::uint16_t{0} : test.argument;
}

bool may_be_absent(Presence presence) {
  return presence != Presence::kAlways && presence != Presence::kIpv4 && presence != Presence::kIpv6;
}

bool is_type(FieldId field) { return field == FieldId::kSaddrType || field == FieldId::kDaddrType; }
bool is_hop_limit(FieldId field) { return field == FieldId::kIpTtl || field == FieldId::kIp6HopLimit; }

/// All values that the field can have.
Intervals domain_of(FieldId field, ir::Family family, const InterfaceClasses& interfaces) {
  const auto single = [](u128 value) { return Interval{value, value}; };
  switch (field) {
    case FieldId::kIifname:
    case FieldId::kOifname: return {{0, interfaces.size() - 1}};
    case FieldId::kCtState: return {{0, ir::kCtStateCount - 1}};
    case FieldId::kPktType: return {{0, 3}};
    case FieldId::kSaddrType:
    case FieldId::kDaddrType: {
      Intervals all;
      for (unsigned bit = 0; bit < 12; ++bit) {
        all.push_back(single(u128{1} << bit));
        if (family == ir::Family::kIpv6 && (bit == 2 || bit == 4)) all.push_back(single((u128{1} << bit) | 2U));
      }
      return all;
    }
    default: return {{0, ir::max_of_bits(ir::field_info(field).bits)}};
  }
}

}  // namespace

bool is_bit_field(FieldId field) {
  switch (field) {
    case FieldId::kMark:
    case FieldId::kCtMark:
    case FieldId::kTcpFlags:
    case FieldId::kIpTos:
    case FieldId::kIp6Tclass:
    case FieldId::kCtStatus: return true;
    default: return false;
  }
}

struct Space::Field {
  std::vector<Intervals> tests;
  std::vector<Masked> masked;   ///< of bit fields
  std::vector<u128> masks;      ///< that writes use
  std::vector<Masked> toggles;  ///< bits that writes turn over
};

bool Space::of_other_family(Presence presence) const {
  const bool v4 = family_ == ir::Family::kIpv4;
  switch (presence) {
    case Presence::kIpv4:
    case Presence::kConntrack4: return !v4;
    case Presence::kIpv6:
    case Presence::kConntrack6:
    case Presence::kMh:
    case Presence::kHopByHop:
    case Presence::kDestinationOptions:
    case Presence::kRouting:
    case Presence::kFragmentHeader: return v4;
    default: return false;
  }
}

/// The type of an address of a known host is a question about the address.
std::optional<FieldTest> Space::on_address(const FieldTest& test) const {
  if (!is_type(test.field) || host_ == nullptr || test.argument != 0) return std::nullopt;
  const bool v4 = family_ == ir::Family::kIpv4;
  const bool source = test.field == FieldId::kSaddrType;
  const FieldId address =
      v4 ? (source ? FieldId::kIpSaddr : FieldId::kIpDaddr) : (source ? FieldId::kIp6Saddr : FieldId::kIp6Daddr);
  return FieldTest{address, 0, test.negated, addresses_of_types(*host_, family_, test.values)};
}

void Space::collect_test(const FieldTest& given, std::map<FieldKey, Field>& fields) {
  const FieldTest* test = &given;
  const auto translated = on_address(given);
  if (translated) test = &*translated;
  if (ir::needs_lookup(*test) || of_other_family(ir::field_info(test->field).presence)) return;
  FieldId field = storage(test->field);
  if (field == FieldId::kTcpOption && test->argument == 2) field = FieldId::kTcpMss;
  Field& made = fields[{field, field == FieldId::kTcpMss ? std::uint16_t{0} : argument_of(*test)}];
  if (field == FieldId::kTcpMss && test->field == FieldId::kTcpOption) return;
  const unsigned bits = ir::field_info(field).bits;
  if (test->values.interfaces() != nullptr) {
    made.tests.push_back(*interfaces_.indexes(test->values).intervals());
  } else if (const auto* intervals = test->values.intervals()) {
    if (!is_bit_field(field)) return made.tests.push_back(*intervals);
    for (const Interval& range : *intervals)
      for (const Masked& masked : masks_of(range, bits)) made.masked.push_back(masked);
  } else if (const auto* masks = test->values.masks()) {
    Intervals all;
    for (const Masked& masked : *masks) {
      if (is_bit_field(field)) {
        made.masked.push_back(masked);
        continue;
      }
      if (const auto ranges = intervals_of(masked, bits)) all.insert(all.end(), ranges->begin(), ranges->end());
    }
    made.tests.push_back(*ValueSet::of_intervals(all).intervals());
  }
}

void Space::collect_writes(const ir::Ruleset& ruleset, std::map<FieldKey, Field>& fields) {
  const auto write = [&](FieldId field, u128 value, u128 mask) {
    if (!is_bit_field(storage(field))) return;
    Field& made = fields[{storage(field), 0}];
    made.masks.push_back(mask);
    if ((value & ~mask) != 0) made.toggles.push_back({value & ~mask, ~mask});
  };
  for (const ir::Chain& chain : ruleset.chains)
    for (const ir::Rule& rule : chain.rules)
      for (const ir::Effect& effect : rule.effects) {
        if (const auto* set = std::get_if<ir::SetField>(&effect)) write(set->field, set->value, set->mask);
        if (const auto* tproxy = std::get_if<ir::GiveToSocket>(&effect))
          write(FieldId::kMark, tproxy->mark, tproxy->mask);
        if (const auto* copy = std::get_if<ir::CopyMark>(&effect))
          for (const FieldId field : {FieldId::kMark, FieldId::kCtMark})
            for (const u128 mask : {u128{copy->ctmask}, u128{copy->nfmask}}) fields[{field, 0}].masks.push_back(mask);
      }
}

/// Rules of PREROUTING that write the hop limit decide what the host forwards.
void Space::collect_hop_limits(const ir::Ruleset& ruleset, std::map<FieldKey, Field>& fields) {
  const FieldId limit = family_ == ir::Family::kIpv4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit;
  const auto writes = [&](const ir::Effect& effect) {
    const auto* set = std::get_if<ir::SetField>(&effect);
    return std::holds_alternative<ir::AddToHopLimit>(effect) || (set != nullptr && storage(set->field) == limit);
  };
  std::optional<CallGraph> graph;
  for (std::size_t i = 0; i < ruleset.chains.size(); ++i)
    for (const ir::Rule& rule : ruleset.chains[i].rules) {
      if (std::none_of(rule.effects.begin(), rule.effects.end(), writes)) continue;
      if (!graph) graph.emplace(ruleset);
      const auto bases = graph->bases(ruleset, ir::ChainId{static_cast<std::uint32_t>(i)});
      const bool early = std::any_of(bases.begin(), bases.end(), [&](ir::ChainId base) {
        return ruleset.chain(base).base->hook == ir::Hook::kPrerouting;
      });
      if (early) return fields[{limit, 0}].tests.push_back({{2, 255}});
    }
}

/// What `rpfilter` tests beside the way back, where that has to be told from `fib`.
void Space::collect_ways_back(const std::vector<const ir::PredicatePool*>& pools, std::map<FieldKey, Field>& fields) {
  std::set<std::uint16_t> arguments;
  for (const ir::PredicatePool* pool : pools)
    for (std::size_t i = 0; i < pool->size(); ++i) {
      const auto* test = std::get_if<FieldTest>(&(*pool)[ir::PredicateId{static_cast<std::uint32_t>(i)}]);
      if (test != nullptr && test->field == FieldId::kReversePath) arguments.insert(test->argument);
    }
  asks_fib_ = std::any_of(arguments.begin(), arguments.end(),
                          [](std::uint16_t argument) { return ir::has_flag(argument, ir::ReversePath::kFib); });
  if (!asks_fib_) return;
  for (const std::uint16_t argument : arguments)
    for (const ir::ReversePathCase& each : ir::reverse_path_cases(family_, argument))
      for (const FieldTest& test : each.when) collect_test(test, fields);
}

void Space::collect(const SpaceInput& input, std::map<FieldKey, Field>& fields) {
  std::vector<const ir::PredicatePool*> pools = input.pools;
  for (const ir::Ruleset* ruleset : input.rulesets) {
    pools.push_back(&ruleset->predicates);
    collect_writes(*ruleset, fields);
    collect_hop_limits(*ruleset, fields);
  }
  for (const ir::PredicatePool* pool : pools)
    for (std::size_t i = 0; i < pool->size(); ++i)
      if (const auto* test = std::get_if<FieldTest>(&(*pool)[ir::PredicateId{static_cast<std::uint32_t>(i)}]))
        collect_test(*test, fields);
  collect_ways_back(pools, fields);
  for (const FieldTest& test : input.extra) collect_test(test, fields);
  for (const FieldId field : kAlwaysThere)
    if (!of_other_family(ir::field_info(field).presence)) fields[{field, 0}];
  const FieldId fragment = family_ == ir::Family::kIpv4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset;
  fields[{fragment, 0}].tests.push_back({{0, 0}});
  for (const FieldId field : {FieldId::kIifname, FieldId::kOifname})
    for (const u128 special : {u128{InterfaceClasses::kNone}, u128{InterfaceClasses::kLoopback}})
      fields[{field, 0}].tests.push_back({{special, special}});
  for (u128 state = 0; state < ir::kCtStateCount; ++state)
    fields[{FieldId::kCtState, 0}].tests.push_back({{state, state}});
  for (const u128 protocol : {ir::kProtoIcmp, ir::kProtoTcp, ir::kProtoUdp, ir::kProtoDccp, ir::kProtoEsp, ir::kProtoAh,
                              ir::kProtoIcmp6, ir::kProtoIpcomp, ir::kProtoSctp, ir::kProtoMh, ir::kProtoUdplite})
    fields[{FieldId::kL4Proto, 0}].tests.push_back({{protocol, protocol}});
  // In both families, so that they can be compared.
  for (const Interval skipped : {Interval{0, 0}, Interval{43, 44}, Interval{60, 60}})
    fields[{FieldId::kL4Proto, 0}].tests.push_back({skipped});
  if (const auto length = fields.find({FieldId::kLength, 0}); length != fields.end()) {
    for (const bool fragment_header : {false, true}) {
      const u128 ip = least_ip_header(family_, fragment_header);
      length->second.tests.push_back({{ip, 0xffff}});
      for (const LeastHeader& least : kLeastHeaders) length->second.tests.push_back({{ip + least.bytes, 0xffff}});
    }
  }
  for (const StateFact& fact : state_facts(family_))
    if (fields.contains({fact.field, 0})) collect_test({fact.field, 0, false, fact.allowed}, fields);
  if (const auto status = fields.find({FieldId::kCtStatus, 0}); status != fields.end()) {
    for (const std::uint32_t bit : {ir::kIpsSeenReply, ir::kIpsDstNat}) {
      status->second.masked.push_back({0, bit});
      status->second.masked.push_back({bit, bit});
    }
  }
}

Space::Space(ir::Family family, const SpaceInput& input, const Budget& budget)
    : family_(family),
      host_(input.host),
      interfaces_(
          [&] {
            std::vector<const ir::PredicatePool*> pools = input.pools;
            for (const ir::Ruleset* ruleset : input.rulesets) pools.push_back(&ruleset->predicates);
            return pools;
          }(),
          input.names),
      store_(budget) {
  whole_packets_ = input.whole_packets;
  name_interfaces(input);
  std::map<FieldKey, Field> fields;
  collect(input, fields);
  // Marks are copied from one to the other, so both are cut alike.
  if (const auto ct = fields.find({FieldId::kCtMark, 0}); ct != fields.end()) {
    Field& mark = fields[{FieldId::kMark, 0}];
    const auto join = [](auto& a, auto& b) {
      a.insert(a.end(), b.begin(), b.end());
      b = a;
    };
    join(mark.masked, ct->second.masked);
    join(mark.masks, ct->second.masks);
    join(mark.toggles, ct->second.toggles);
  }
  for (const FieldId first : kOrder)
    for (const auto& [key, field] : fields)
      if (key.first == first) add_field(key, field);
  for (const auto& [key, field] : fields)
    if (std::find(kOrder.begin(), kOrder.end(), key.first) == kOrder.end()) add_field(key, field);
}

/// Which of the invented names stands for which pattern.
void Space::name_interfaces(const SpaceInput& input) {
  std::set<std::string> exact{"", "lo"};
  std::vector<std::string> wildcards;
  std::vector<const ir::PredicatePool*> pools = input.pools;
  for (const ir::Ruleset* ruleset : input.rulesets) pools.push_back(&ruleset->predicates);
  for (const ir::PredicatePool* pool : pools)
    for (std::size_t i = 0; i < pool->size(); ++i) {
      const auto* test = std::get_if<FieldTest>(&(*pool)[ir::PredicateId{static_cast<std::uint32_t>(i)}]);
      if (test == nullptr || test->values.interfaces() == nullptr) continue;
      for (const ir::InterfacePattern& pattern : *test->values.interfaces()) {
        if (!pattern.wildcard) exact.insert(pattern.name);
        if (pattern.wildcard && !pattern.name.empty()) wildcards.push_back(pattern.name);
      }
    }
  if (input.names != nullptr)
    for (const ir::Interface& interface : input.names->interfaces) exact.insert(interface.name);
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    const std::string& name = interfaces_.name(i);
    std::string longest;
    for (const std::string& prefix : wildcards)
      if (name.starts_with(prefix) && prefix.size() > longest.size()) longest = prefix;
    if (exact.contains(name))
      interface_names_.push_back({name, true});
    else
      interface_names_.push_back({longest.empty() ? std::string() : longest + '*', false});
  }
}

Variable Space::add(VariableInfo info) {
  const std::size_t atoms = info.kind == VariableInfo::Kind::kValues ? info.classes.size() : info.constants.size();
  const Variable variable = store_.add_variable(static_cast<Atom>(atoms));
  by_field_[{info.field, info.argument}].push_back(variable);
  info_.push_back(std::move(info));
  uses_.emplace_back();
  return variable;
}

void Space::add_field(FieldKey key, const Field& field) {
  if (of_other_family(ir::field_info(key.first).presence)) return;
  if (is_bit_field(key.first))
    add_bits(key, field);
  else
    add_values(key, field);
}

void Space::add_values(FieldKey key, const Field& field) {
  VariableInfo info;
  info.field = key.first;
  info.argument = key.second;
  info.may_be_absent = may_be_absent(ir::field_info(key.first).presence);
  const bool every = is_hop_limit(key.first) && !field.tests.empty();
  std::vector<Intervals> tests = field.tests;
  if (every)
    for (u128 value = 0; value < 256; ++value) tests.push_back({{value, value}});
  const Atom first = info.may_be_absent ? 1 : 0;
  const auto pieces =
      cut_into_classes(domain_of(key.first, family_, interfaces_), tests, first, every || is_type(key.first));
  info.classes.resize(first);
  for (const auto& [range, number] : pieces) {
    if (number >= info.classes.size()) info.classes.resize(number + 1);
    info.classes[number].push_back(range);
  }
  const Variable variable = add(std::move(info));
  places_[variable] = pieces;
}

void Space::add_bits(FieldKey key, const Field& field) {
  constexpr std::size_t kMostConstants = 4096;
  const u128 all = ir::max_of_bits(ir::field_info(key.first).bits);
  std::vector<u128> groups{all};
  for (const Masked& masked : field.masked) split_groups(groups, masked.mask);
  for (const u128 mask : field.masks) split_groups(groups, mask);
  for (const u128 group : groups) {
    std::set<u128> constants;
    for (const Masked& masked : field.masked)
      if ((group & ~masked.mask) == 0) constants.insert(masked.value & group);
    if (constants.empty()) continue;
    for (bool grown = true; grown && constants.size() < kMostConstants;) {
      grown = false;
      for (const Masked& toggle : field.toggles)
        for (const u128 value : std::set<u128>(constants))
          if ((group & ~toggle.mask) == 0) grown = constants.insert(value ^ (toggle.value & group)).second || grown;
    }
    if (constants.size() >= kMostConstants) note_problem("too many values of a mark are told apart");
    VariableInfo info;
    info.kind = VariableInfo::Kind::kBits;
    info.field = key.first;
    info.mask = group;
    info.may_be_absent = may_be_absent(ir::field_info(key.first).presence);
    if (info.may_be_absent) info.constants.push_back(0);
    info.constants.insert(info.constants.end(), constants.begin(), constants.end());
    const unsigned bits = bit_count(group);
    const bool complete = bits < 20 && constants.size() == std::size_t{1} << bits;
    if (!complete) {  // a value that none of the constants is
      u128 other = 0;
      for (u128 n = 0; constants.contains(other = deposit(n, group)); ++n) {
      }
      info.constants.push_back(other);
    }
    add(std::move(info));
  }
}

std::vector<Variable> Space::variables_of(FieldId field, std::uint16_t argument) const {
  const auto found = by_field_.find({storage(field), argument});
  return found == by_field_.end() ? std::vector<Variable>() : found->second;
}

}  // namespace nfproof::analyzer::regions
