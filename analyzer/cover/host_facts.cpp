// SPDX-License-Identifier: Apache-2.0
// Routes as sets of destinations.
#include "analyzer/cover/host_facts.h"

#include <algorithm>
#include <array>
#include <set>

namespace nfproof::analyzer {

using ir::FieldId;
using ir::u128;
using ir::ValueSet;

HostFacts::HostFacts(const ir::Host& host, ir::Family family) : host_(host), family_(family) {
  const u128 last = ir::max_of_bits(ir::address_bits(family));
  // Between two neighbouring ends of networks all addresses are alike.
  std::set<u128> starts{0};
  const auto note = [&](u128 address, unsigned prefix) {
    const u128 first = address & ir::prefix_mask(prefix, ir::address_bits(family));
    const u128 end = first | (last & ~ir::prefix_mask(prefix, ir::address_bits(family)));
    starts.insert(first);
    if (end < last) starts.insert(end + 1);
  };
  for (const ir::Route& route : host.routes)
    if (route.family == family) note(route.destination, route.prefix);
  for (const ir::Interface& interface : host.interfaces)
    for (const ir::InterfaceAddress& own : interface.addresses) {
      if (own.family != family) continue;
      note(own.address, ir::address_bits(family));
      note(own.address, own.prefix);
      if (own.broadcast) note(*own.broadcast, ir::address_bits(family));
    }
  note(last, ir::address_bits(family));
  if (family == ir::Family::kIpv4) note(ir::u128{127} << 24, 8), note(0, 32);
  for (auto at = starts.begin(); at != starts.end(); ++at) {
    const u128 lo = *at;
    const u128 hi = std::next(at) == starts.end() ? last : *std::next(at) - 1;
    const std::uint32_t type = host.address_type(lo, family);
    const auto has = [type](ir::AddrType each) { return (type & ir::addr_type_bit(each)) != 0; };
    if (has(ir::AddrType::kBroadcast)) broadcast_.push_back({lo, hi});
    if (host.is_local(lo, family)) local_.push_back({lo, hi});
    if (host.is_local(lo, family) || has(ir::AddrType::kBroadcast) || has(ir::AddrType::kAnycast))
      delivered_.push_back({lo, hi});
    if (host.is_local(lo, family)) continue;
    const ir::Route* route = host.route_to(lo, family);
    if (route == nullptr) continue;
    auto way =
        std::find_if(ways_.begin(), ways_.end(), [&](const Way& each) { return each.interface == route->interface; });
    if (way == ways_.end()) way = ways_.insert(ways_.end(), Way{route->interface, {}});
    way->destinations.push_back({lo, hi});
  }
}

ValueSet HostFacts::indexes(const Encoder& encoder, bool with_loopback) const {
  ValueSet::Intervals all;
  for (const ir::Interface& interface : host_.interfaces) {
    const std::size_t at = encoder.interfaces().index_of(interface.name);
    if (at < encoder.interfaces().size() && (with_loopback || !interface.loopback)) all.push_back({at, at});
  }
  return ValueSet::of_intervals(std::move(all));
}

/// The interface that a packet leaves by follows from its destination.
FormulaId HostFacts::routed(Encoder& encoder, bool to_self) const {
  FormulaPool& pool = encoder.pool();
  const VarId out = encoder.field(FieldId::kOifname);
  const VarId destination = encoder.field(family_ == ir::Family::kIpv4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr);
  std::vector<FormulaId> ways;
  for (const Way& way : ways_) {
    const std::size_t at = encoder.interfaces().index_of(way.interface);
    if (at >= encoder.interfaces().size()) continue;
    ways.push_back(pool.both(pool.in_set(out, ValueSet::of_value(at)),
                             pool.in_set(destination, ValueSet::of_intervals(way.destinations))));
  }
  if (to_self)
    ways.push_back(pool.both(pool.in_set(out, ValueSet::of_value(InterfaceClasses::kLoopback)),
                             pool.in_set(destination, ValueSet::of_intervals(local_))));
  return pool.any(ways);
}

FormulaId HostFacts::certain(Encoder& encoder, ir::Hook hook) const {
  FormulaPool& pool = encoder.pool();
  const bool v4 = family_ == ir::Family::kIpv4;
  const bool arrives = hook == ir::Hook::kPrerouting || hook == ir::Hook::kInput || hook == ir::Hook::kForward;
  if (!arrives) return kTrue;
  const VarId in = encoder.field(FieldId::kIifname);
  const VarId source = encoder.field(v4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr);
  const VarId destination = encoder.field(v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr);
  std::vector<FormulaId> facts{pool.in_set(in, indexes(encoder, hook != ir::Hook::kForward))};
  if (hook == ir::Hook::kForward) facts.push_back(routed(encoder, false));
  if (hook == ir::Hook::kPrerouting) return pool.all(facts);
  const ValueSet groups =
      v4 ? ValueSet::of_range(0xe0000000, 0xefffffff) : ValueSet::of_range(u128{0xff} << 120, ir::max_of_bits(128));
  if (hook == ir::Hook::kForward)  // what is for this host, or for a group, stays
    facts.push_back(pool.negate(
        pool.either(pool.in_set(destination, ValueSet::of_intervals(delivered_)), pool.in_set(destination, groups))));
  if (hook == ir::Hook::kInput)
    facts.push_back(
        pool.either(pool.in_set(destination, ValueSet::of_intervals(delivered_)), pool.in_set(destination, groups)));
  // Sources that the routing code takes for impossible (net/ipv4/route.c, ip_route_input_slow; net/ipv6/ip6_input.c).
  const FormulaId by_loopback = pool.in_set(in, ValueSet::of_value(InterfaceClasses::kLoopback));
  const auto unless = [&](FormulaId exception, FormulaId bad) {
    facts.push_back(pool.either(exception, pool.negate(bad)));
  };
  unless(kFalse, pool.in_set(source, groups));
  if (!v4) {
    unless(by_loopback,
           pool.either(pool.in_set(source, ValueSet::of_value(1)), pool.in_set(destination, ValueSet::of_value(1))));
    return pool.all(facts);
  }
  const ValueSet loopback_net = ValueSet::of_range(0x7f000000, 0x7fffffff);
  const FormulaId to_all = pool.in_set(destination, ValueSet::of_value(0xffffffff));
  const FormulaId to_group = pool.in_set(destination, groups);
  unless(by_loopback, pool.in_set(destination, loopback_net));
  unless(pool.either(by_loopback, to_all), pool.in_set(source, loopback_net));
  unless(pool.any(std::array{by_loopback, to_all, to_group}), pool.in_set(source, ValueSet::of_intervals(local_)));
  unless(kFalse, pool.in_set(source, ValueSet::of_value(0xffffffff)));
  const FormulaId nobody =
      pool.both(pool.in_set(source, ValueSet::of_value(0)), pool.in_set(destination, ValueSet::of_value(0)));
  unless(pool.any(std::array{to_all, to_group, nobody}), pool.in_set(source, ValueSet::of_value(0)));
  unless(pool.either(to_all, to_group), pool.in_set(source, ValueSet::of_intervals(broadcast_)));
  return pool.all(facts);
}

FormulaId HostFacts::ordinary(Encoder& encoder, ir::Hook hook) const {
  FormulaPool& pool = encoder.pool();
  const bool v4 = family_ == ir::Family::kIpv4;
  const VarId source = encoder.field(v4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr);
  const VarId destination = encoder.field(v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr);
  const FormulaId from_here = pool.in_set(source, ValueSet::of_intervals(local_));
  const FormulaId to_here = pool.in_set(destination, ValueSet::of_intervals(local_));
  const ValueSet odd = v4 ? ValueSet::of_intervals({{0, 0}, {0x7f000000, 0x7fffffff}, {0xe0000000, 0xffffffff}})
                          : ValueSet::of_intervals({{0, 1}, {u128{0xff} << 120, ir::max_of_bits(128)}});
  const FormulaId from_outside = pool.both(pool.negate(from_here), pool.negate(pool.in_set(source, odd)));
  const FormulaId by_loopback =
      pool.in_set(encoder.field(FieldId::kIifname), ValueSet::of_value(InterfaceClasses::kLoopback));
  const FormulaId known_out = pool.in_set(encoder.field(FieldId::kOifname), indexes(encoder, true));
  const FormulaId no_mark = pool.in_set(encoder.field(FieldId::kMark), ValueSet::of_value(0));
  switch (hook) {
    case ir::Hook::kPrerouting: return pool.all(std::array{pool.either(by_loopback, from_outside), no_mark});
    case ir::Hook::kInput: return pool.both(to_here, pool.either(by_loopback, from_outside));
    case ir::Hook::kForward: return pool.both(pool.negate(by_loopback), from_outside);
    case ir::Hook::kOutput: return pool.all(std::array{from_here, known_out, routed(encoder, true), no_mark});
    case ir::Hook::kPostrouting: return pool.both(known_out, routed(encoder, true));
  }
  return kTrue;
}

}  // namespace nfproof::analyzer
