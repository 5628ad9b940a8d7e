// SPDX-License-Identifier: Apache-2.0
// The same facts as `Encoder::world`, as conditions over a space.
#include "analyzer/regions/world.h"

#include <array>
#include <map>

#include "analyzer/paths/address_types.h"
#include "analyzer/paths/header_sizes.h"
#include "analyzer/paths/state_facts.h"

namespace nfproof::analyzer::regions {
namespace {

using ir::FieldId;
using ir::FieldTest;
using ir::u128;
using ir::ValueSet;

FieldId destination(ir::Family family) { return family == ir::Family::kIpv4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr; }

/// Types of destinations that the host takes for itself.
ValueSet delivered_types() {
  ValueSet::Masks masks;
  for (const ir::AddrType type :
       {ir::AddrType::kLocal, ir::AddrType::kBroadcast, ir::AddrType::kAnycast, ir::AddrType::kMulticast})
    masks.push_back({ir::addr_type_bit(type), ir::addr_type_bit(type)});
  return ValueSet::of_masks(masks);
}

ValueSet multicast(ir::Family family) {
  return family == ir::Family::kIpv4 ? ValueSet::of_network(u128{0xE} << 28, u128{0xF} << 28, 32)
                                     : ValueSet::of_network(u128{0xff} << 120, u128{0xff} << 120, 128);
}

bool tested(Space& space, FieldId field) { return !space.variables_of(field).empty(); }

Ref interfaces(Space& space, HostWay way) {
  DiagramStore& store = space.store();
  const auto in = space.variables_of(FieldId::kIifname)[0];
  const auto out = space.variables_of(FieldId::kOifname)[0];
  const Atom none_in = space.atom_of(in, InterfaceClasses::kNone);
  const Atom none_out = space.atom_of(out, InterfaceClasses::kNone);
  const Ref no_in = store.test(in, {{none_in, none_in}});
  const Ref no_out = store.test(out, {{none_out, none_out}});
  switch (way) {
    case HostWay::kInput: return store.without(no_out, no_in);
    case HostWay::kForward: return store.both(store.negate(no_in), store.negate(no_out));
    case HostWay::kOutput: return store.without(no_in, no_out);
  }
  return kYes;
}

/// A field is there exactly when what it needs is.
Ref presences(Space& space) {
  DiagramStore& store = space.store();
  Ref all = kYes;
  for (Variable variable = 0; variable < space.variables(); ++variable) {
    const VariableInfo& info = space.info(variable);
    if (!info.may_be_absent) continue;
    const Ref there = store.negate(store.test(variable, {{kAbsent, kAbsent}}));
    const ir::Presence presence = ir::field_info(info.field).presence;
    Ref fact = kYes;
    if (presence == ir::Presence::kEther) {  // only from a link, but then not certain
      const auto in = space.variables_of(FieldId::kIifname)[0];
      const Atom none = space.atom_of(in, InterfaceClasses::kNone);
      const Atom loopback = space.atom_of(in, InterfaceClasses::kLoopback);
      fact = store.negate(store.both(there, store.test(in, atom_set({none, loopback}))));
    } else if (presence == ir::Presence::kTcpMss) {
      fact = store.either(store.negate(there), space.presence(ir::Presence::kTcp));
    } else {
      fact = store.choose(there, space.presence(presence), store.negate(space.presence(presence)));
    }
    all = store.both(all, fact);
  }
  return all;
}

Ref connection(Space& space) {
  DiagramStore& store = space.store();
  const Ref fresh = space.is(FieldId::kCtState, static_cast<u128>(ir::CtState::kNew));
  Ref facts = kYes;
  if (tested(space, FieldId::kCtDirection))
    facts = store.both(facts, store.either(store.negate(fresh), space.is(FieldId::kCtDirection, 0)));
  if (tested(space, FieldId::kCtStatus))
    facts = store.both(facts, store.either(store.negate(fresh),
                                           space.in(FieldId::kCtStatus, ValueSet::of_masks({{0, ir::kIpsSeenReply}}))));
  for (const StateFact& fact : state_facts(space.family())) {
    if (!tested(space, fact.field)) continue;
    const Ref about =
        store.both(space.in(FieldId::kCtState, states_of(fact)), space.presence(ir::field_info(fact.field).presence));
    facts = store.both(facts, store.either(store.negate(about), space.in(fact.field, fact.allowed)));
  }
  return facts;
}

Ref headers(Space& space, HostWay way) {
  DiagramStore& store = space.store();
  const bool v4 = space.family() == ir::Family::kIpv4;
  const FieldId fragment = v4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset;
  Ref facts = v4 && way == HostWay::kInput ? space.is(fragment, 0) : kYes;
  if (!v4) {
    const auto skipped = ValueSet::of_intervals({{0, 0}, {43, 44}, {51, 51}, {60, 60}});
    facts = store.without(facts, space.in(FieldId::kL4Proto, skipped));
  }
  if (!tested(space, FieldId::kLength)) return facts;
  const unsigned ip = least_ip_header(space.family(), false);
  const auto at_least = [&](unsigned bytes) { return space.in(FieldId::kLength, ValueSet::of_range(bytes, 0xffff)); };
  facts = store.both(facts, at_least(ip));
  for (const LeastHeader& least : kLeastHeaders)
    facts = store.both(facts, store.either(store.negate(space.presence(least.header)), at_least(ip + least.bytes)));
  if (!v4)
    facts = store.both(facts, store.either(space.is(fragment, 0), at_least(least_ip_header(space.family(), true))));
  return facts;
}

/// Types of addresses of a host that is not known.
Ref types(Space& space) {
  if (space.host() != nullptr || !tested(space, FieldId::kDaddrType)) return kYes;
  DiagramStore& store = space.store();
  const auto bit = ir::addr_type_bit(ir::AddrType::kMulticast);
  const Ref typed = space.in(FieldId::kDaddrType, ValueSet::of_masks({{bit, bit}}));
  const Ref addressed = space.in(destination(space.family()), multicast(space.family()));
  return store.choose(typed, addressed, store.negate(addressed));
}

}  // namespace

std::vector<FieldTest> world_tests(const ir::Host* host, ir::Family family) {
  std::vector<FieldTest> tests;
  const FieldId address = destination(family);
  const unsigned bits = ir::address_bits(family);
  tests.push_back({address, 0, false, multicast(family)});
  if (host == nullptr) return tests;
  tests.push_back({address, 0, false, addresses_of_types(*host, family, delivered_types())});
  const auto network = [&](u128 value, unsigned prefix) {
    const u128 mask = ir::prefix_mask(prefix, bits);
    tests.push_back({address, 0, false, ValueSet::of_network(value & mask, mask, bits)});
  };
  for (const ir::Route& route : host->routes)
    if (route.family == family) network(route.destination, route.prefix);
  for (const ir::Interface& interface : host->interfaces) {
    for (const FieldId name : {FieldId::kIifname, FieldId::kOifname})
      tests.push_back({name, 0, false, ValueSet::of_interfaces({{interface.name, false}})});
    for (const ir::InterfaceAddress& own : interface.addresses)
      if (own.family == family) {
        network(own.address, own.prefix);
        network(own.address, bits);
      }
  }
  return tests;
}

Ref everywhere(Space& space) {
  DiagramStore& store = space.store();
  Ref all = kYes;
  for (const Ref fact : {headers(space, HostWay::kForward), types(space), presences(space)})
    all = store.both(all, fact);
  if (!space.whole_packets()) return all;
  const bool v4 = space.family() == ir::Family::kIpv4;
  return store.both(all, space.is(v4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset, 0));
}

Ref world(Space& space, HostWay way) {
  DiagramStore& store = space.store();
  Ref all = interfaces(space, way);
  for (const Ref fact : {connection(space), headers(space, way), everywhere(space)}) all = store.both(all, fact);
  if (way == HostWay::kOutput) all = store.both(all, routed(space, way));
  return all;
}

ValueSet copied_destinations(const ir::Host& host, ir::Family family) {
  ValueSet::Masks types;
  for (const ir::AddrType type : {ir::AddrType::kMulticast, ir::AddrType::kBroadcast})
    types.push_back({ir::addr_type_bit(type), ir::addr_type_bit(type)});
  return addresses_of_types(host, family, ValueSet::of_masks(std::move(types)));
}

Ref by_loopback(Space& space) {
  const Variable in = space.variables_of(FieldId::kIifname)[0];
  const Atom loopback = space.atom_of(in, InterfaceClasses::kLoopback);
  return space.store().test(in, {{loopback, loopback}});
}

Ref sent_here(Space& space) {
  const ValueSet copied = copied_destinations(*space.host(), space.family());
  return space.store().either(by_loopback(space), space.in(destination(space.family()), copied));
}

Ref delivered(Space& space) {
  if (space.host() != nullptr)
    return space.in(destination(space.family()), addresses_of_types(*space.host(), space.family(), delivered_types()));
  if (!tested(space, FieldId::kDaddrType)) return kYes;
  return space.in(FieldId::kDaddrType, delivered_types());
}

Ref routed(Space& space, HostWay way) {
  if (space.host() == nullptr) return kYes;
  DiagramStore& store = space.store();
  const ir::Host& host = *space.host();
  const Variable variable = space.variables_of(destination(space.family()))[0];
  std::map<std::string, std::vector<Atom>> by_interface;
  const VariableInfo& info = space.info(variable);
  for (Atom atom = 0; atom < info.classes.size(); ++atom) {
    const u128 address = info.classes[atom].front().lo;
    const ir::Route* route = host.route_to(address, space.family());
    if (way == HostWay::kOutput && host.is_local(address, space.family()))
      by_interface["lo"].push_back(atom);
    else if (route != nullptr)
      by_interface[route->interface].push_back(atom);
  }
  Ref any = kNo;
  for (const auto& [name, atoms] : by_interface)
    any = store.either(any, store.both(store.test(variable, atom_set(atoms)),
                                       space.in(FieldId::kOifname, ValueSet::of_interfaces({{name, false}}))));
  return any;
}

}  // namespace nfproof::analyzer::regions
