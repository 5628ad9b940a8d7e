// SPDX-License-Identifier: Apache-2.0
// Small tests and how they combine: see context.h.
#include "compiler/frontend/nft/context.h"

#include <utility>

namespace nfproof::compiler::nft {

using ir::AnyOf;
using ir::FieldId;
using ir::FieldTest;
using ir::Predicate;
using ir::ValueSet;

namespace {

bool is_port_protocol(ir::u128 protocol) {
  return protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == ir::kProtoUdplite ||
         protocol == ir::kProtoSctp || protocol == ir::kProtoDccp;
}

void learn_protocol(std::uint8_t protocol, LowerContext& context) {
  context.l4proto = protocol;
  context.has_ports = is_port_protocol(protocol);
}

}  // namespace

void learn(const Predicate& predicate, LowerContext& context) {
  const auto* test = std::get_if<FieldTest>(&predicate);
  if (test == nullptr) return;
  switch (ir::field_info(test->field).presence) {
    case ir::Presence::kIpv4: context.packet_family = ir::Family::kIpv4; break;
    case ir::Presence::kIpv6: context.packet_family = ir::Family::kIpv6; break;
    case ir::Presence::kTcp:
    case ir::Presence::kTcpMss: learn_protocol(ir::kProtoTcp, context); break;
    case ir::Presence::kUdp: learn_protocol(ir::kProtoUdp, context); break;
    case ir::Presence::kUdplite: learn_protocol(ir::kProtoUdplite, context); break;
    case ir::Presence::kSctp: learn_protocol(ir::kProtoSctp, context); break;
    case ir::Presence::kDccp: learn_protocol(ir::kProtoDccp, context); break;
    case ir::Presence::kIcmp: learn_protocol(ir::kProtoIcmp, context); break;
    case ir::Presence::kIcmp6: learn_protocol(ir::kProtoIcmp6, context); break;
    default: break;
  }
  const auto* values = test->values.intervals();
  if (test->negated || test->field != FieldId::kL4Proto || values == nullptr || values->empty()) return;
  bool ports = true;
  for (const ir::Interval& each : *values)
    for (ir::u128 protocol = each.lo; protocol <= each.hi; ++protocol) ports = ports && is_port_protocol(protocol);
  context.has_ports = ports;
  if (values->size() == 1 && values->front().lo == values->front().hi)
    context.l4proto = static_cast<std::uint8_t>(values->front().lo);
}

Predicate family_test(ir::Family family) {
  const FieldId address = family == ir::Family::kIpv6 ? FieldId::kIp6Saddr : FieldId::kIpSaddr;
  return presence_test(address);
}

Predicate presence_test(FieldId field) {
  const unsigned bits = ir::field_info(field).bits;
  return FieldTest{field, 0, false, ValueSet::all(bits)};
}

Predicate protocol_test(std::uint8_t protocol) {
  return FieldTest{FieldId::kL4Proto, 0, false, ValueSet::of_value(protocol)};
}

Predicate never_test() { return AnyOf{}; }

Predicate empty_set_test(const LowerContext& context, const std::string& key, std::string_view set) {
  if (!context.empty_sets_fill) return never_test();
  return ir::Opaque{"set", key + " @" + std::string(set), false, true};
}

Predicate opposite(ir::PredicatePool& pool, Predicate test) {
  if (auto* any = std::get_if<AnyOf>(&test)) {
    any->negated = !any->negated;
    return test;
  }
  return AnyOf{{pool.add(std::move(test))}, true};
}

Predicate conjunction(ir::PredicatePool& pool, Conjunction tests) {
  if (tests.size() == 1) return std::move(tests.front());
  AnyOf none{{}, true};
  for (Predicate& test : tests) none.any.push_back(pool.add(opposite(pool, std::move(test))));
  return none;
}

Predicate disjunction(ir::PredicatePool& pool, Alternatives alternatives) {
  if (alternatives.size() == 1) return conjunction(pool, std::move(alternatives.front()));
  AnyOf any;
  for (Conjunction& each : alternatives) {
    if (each.empty()) return AnyOf{{}, true};
    any.any.push_back(pool.add(conjunction(pool, std::move(each))));
  }
  return any;
}

}  // namespace nfproof::compiler::nft
