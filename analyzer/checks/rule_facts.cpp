// SPDX-License-Identifier: Apache-2.0
// Reads facts off rules.
#include "analyzer/checks/rule_facts.h"

#include <algorithm>
#include <array>

#include "compiler/ir/facts.h"

namespace nfproof::analyzer {

using ir::FieldId;

States states_of(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  States states = kAllStates;
  for (const ir::Condition& condition : rule.when) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr || test->field != FieldId::kCtState) continue;
    for (unsigned state = 0; state < ir::kCtStateCount; ++state)
      if (test->values.contains(ir::u128{state}) == test->negated) states &= ~(1U << state);
  }
  return states;
}

const ir::FieldTest* test_on(const ir::Ruleset& ruleset, const ir::Rule& rule, FieldId field) {
  for (const ir::Condition& condition : rule.when) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr || ir::field_info(test->field).storage != field) continue;
    const unsigned bits = ir::field_info(test->field).bits;
    if (bits == 0 || test->negated || !test->values.is_all(bits)) return test;
  }
  return nullptr;
}

const ir::FieldTest* source_test(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto* test = test_on(ruleset, rule, FieldId::kIpSaddr);
  return test != nullptr ? test : test_on(ruleset, rule, FieldId::kIp6Saddr);
}

const ir::FieldTest* destination_test(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto* test = test_on(ruleset, rule, FieldId::kIpDaddr);
  return test != nullptr ? test : test_on(ruleset, rule, FieldId::kIp6Daddr);
}

bool matches_everything(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return std::all_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr || test->negated) return false;
    const ir::FieldInfo& info = ir::field_info(test->field);
    const bool always = info.presence == ir::Presence::kAlways || info.presence == ir::Presence::kIpv4 ||
                        info.presence == ir::Presence::kIpv6;
    return always && info.bits != 0 && test->values.is_all(info.bits);
  });
}

bool is_uncertain(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto is = [](const ir::Predicate& predicate) {
    const auto* test = std::get_if<ir::FieldTest>(&predicate);
    return test == nullptr ? !std::holds_alternative<ir::AnyOf>(predicate) : ir::needs_lookup(*test);
  };
  return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    return ir::any_part(ruleset.predicates, condition.predicate, is);
  });
}

std::vector<Port> named_ports(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  constexpr ir::u128 kShort = 16;  // a longer range is no list of services
  const auto* ports = test_on(ruleset, rule, FieldId::kThDport);
  std::vector<Port> named;
  if (ports == nullptr || ports->negated || ports->values.intervals() == nullptr) return named;
  const auto* protocol = test_on(ruleset, rule, FieldId::kL4Proto);
  for (const std::uint8_t each : {ir::kProtoTcp, ir::kProtoUdp}) {
    const ir::Presence presence = ir::field_info(ports->field).presence;
    if (presence == ir::Presence::kTcp && each != ir::kProtoTcp) continue;
    if (presence == ir::Presence::kUdp && each != ir::kProtoUdp) continue;
    if (protocol != nullptr && protocol->values.contains(ir::u128{each}) == protocol->negated) continue;
    for (const ir::Interval& range : *ports->values.intervals()) {
      if (range.hi - range.lo >= kShort) continue;
      for (ir::u128 port = range.lo; port <= range.hi; ++port)
        named.push_back({each, static_cast<std::uint16_t>(port)});
    }
  }
  return named;
}

std::string port_text(const Port& port) {
  return ir::protocol_name(port.protocol) + " dport " + std::to_string(port.port);
}

}  // namespace nfproof::analyzer
